/** A vault: the container of archives, with its counters and its last inventory. */
import { invalidParameter } from "./errors.ts";
import type { AccountId, Brand } from "./ids.ts";
import type { InventorySnapshot } from "./inventory-snapshot.ts";
import { VAULT_NAME_MAX_CHARACTERS } from "./limits.ts";
import type { NotificationConfiguration } from "./notification-configuration.ts";
import type { VaultLock } from "./vault-lock.ts";

export type VaultName = Brand<"VaultName">;

/** Tags of a vault in the order in which their keys were first added. */
export type Tags = ReadonlyMap<string, string>;

/** What names a vault to its clients. */
export interface VaultKey {
  readonly accountId: AccountId;
  readonly region: string;
  readonly vaultName: VaultName;
}

export interface Vault extends VaultKey {
  /** Internal key; a vault deleted and created again has another. */
  readonly vaultId: number;
  readonly createdAtMs: number;
  /** Live counters, changed in the transaction that adds or deletes an archive. */
  readonly archiveCount: number;
  readonly archiveBytes: bigint;
  /** Grows by one with each archive added or deleted. */
  readonly changeSequence: number;
  readonly lastInventory: InventorySnapshot | undefined;
  /** When the next inventory is due; `undefined` while nothing changed since the last. */
  readonly inventoryDueAtMs: number | undefined;
  readonly tags: Tags;
  /** The text of the access policy, byte for byte as it was set. */
  readonly accessPolicy: string | undefined;
  /** As stored: one in progress may have expired, see `findEffectiveLock`. */
  readonly lock: VaultLock | undefined;
  readonly notification: NotificationConfiguration | undefined;
}

/** The vault name that `text` is: 1–255 of `a-zA-Z0-9_.-` (contract §1.10); `undefined` for any other text. */
export function findVaultName(text: string): VaultName | undefined {
  const fits = text.length <= VAULT_NAME_MAX_CHARACTERS && /^[a-zA-Z0-9_.-]+$/.test(text);
  return fits ? (text as VaultName) : undefined;
}

/** Like `findVaultName`; throws `InvalidParameterValueException`. For CreateVault, which alone says so (§1.5). */
export function parseVaultName(text: string): VaultName {
  const name = findVaultName(text);
  if (name === undefined) {
    throw invalidParameter(`Invalid vault name: ${text}`);
  }
  return name;
}
