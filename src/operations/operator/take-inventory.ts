/** An operator's action: takes the inventory of a vault at once (contract §4.3, "administrative inventory now"). */
import { vaultNotFound } from "../../domain/errors.ts";
import { type AccountId, findAccountId } from "../../domain/ids.ts";
import { decideVaultNumbers, isInventoryCurrent, snapshotOf } from "../../domain/inventory.ts";
import { validationError } from "../../domain/management-error.ts";
import { findVaultName, type Vault, type VaultKey } from "../../domain/vault.ts";
import { formatVaultArn } from "../../protocol/arn.ts";
import { formatIsoMilliseconds } from "../../std/iso-time.ts";
import type { Services } from "../handler.ts";

/** Which vault. The account of the operator and the default region stand in for what is absent. */
export interface InventoryRequest {
  readonly Vault: string;
  readonly AccountId?: string | undefined;
  readonly Region?: string | undefined;
}

/** The vault's numbers afterwards, as DescribeVault shows them. */
export interface TakenInventory {
  readonly VaultARN: string;
  readonly AccountId: AccountId;
  readonly Region: string;
  readonly VaultName: string;
  /** Of the last inventory; null before the first. */
  readonly LastInventoryDate: string | null;
  readonly NumberOfArchives: number;
  readonly SizeInBytes: bigint;
  /** Whether this call took a new inventory. */
  readonly Taken: boolean;
  /** Why none was taken; null when one was. */
  readonly Note: string | null;
}

const LIVE_NOTE =
  "The service runs with inventory=live: every inventory job takes a fresh snapshot, so there is nothing to take.";
const UNCHANGED_NOTE =
  "Nothing was added or deleted since the last inventory, so its date does not move.";
const NEVER_WRITTEN_NOTE =
  "The vault never had an archive; its first inventory comes after the first one is uploaded.";

/**
 * Takes a snapshot of the vault unless inventories are live or the last one is current. Throws
 * `ManagementError` `ValidationError`, or `ResourceNotFoundException`.
 */
export async function takeInventory(
  request: InventoryRequest,
  services: Services & { readonly defaultRegion: string },
): Promise<TakenInventory> {
  const key = parseVaultKey(request, services);
  const mode = services.settings.inventory;
  if (mode.kind === "live") {
    const vault = await services.metadata.vaults.find(key);
    return renderInventory(orNotFound(vault, key), services, LIVE_NOTE);
  }
  const nowMs = services.clock.nowMs();
  return await services.metadata.transaction(async ({ vaults }) => {
    const found = orNotFound(await vaults.find(key), key);
    const vault = orNotFound(await vaults.lock(found.vaultId), key);
    if (isInventoryCurrent(vault)) {
      const note = vault.lastInventory === undefined ? NEVER_WRITTEN_NOTE : UNCHANGED_NOTE;
      return renderInventory(vault, services, note);
    }
    const lastInventory = snapshotOf(vault, nowMs);
    await vaults.setInventory(vault.vaultId, lastInventory, undefined);
    return renderInventory({ ...vault, lastInventory }, services, null);
  });
}

function parseVaultKey(
  request: InventoryRequest,
  services: Services & { readonly defaultRegion: string },
): VaultKey {
  const { operatorKey } = services.identity;
  const accountId =
    request.AccountId === undefined ? operatorKey.accountId : findAccountId(request.AccountId);
  if (accountId === undefined) {
    throw validationError(`AccountId must be 12 digits; got ${JSON.stringify(request.AccountId)}`);
  }
  const vaultName = findVaultName(request.Vault);
  if (vaultName === undefined) {
    throw validationError(
      `Vault must be 1 to 255 of a-z, A-Z, 0-9, "_", "-" and "."; got ${JSON.stringify(request.Vault)}`,
    );
  }
  return { accountId, region: request.Region ?? services.defaultRegion, vaultName };
}

function orNotFound(vault: Vault | undefined, key: VaultKey): Vault {
  if (vault === undefined) {
    throw vaultNotFound(formatVaultArn(key));
  }
  return vault;
}

function renderInventory(
  vault: Vault,
  { settings }: Pick<Services, "settings">,
  note: string | null,
): TakenInventory {
  const numbers = decideVaultNumbers(vault, settings.inventory);
  const { lastInventoryDateMs, sizeInBytes } = numbers;
  return {
    VaultARN: formatVaultArn(vault),
    AccountId: vault.accountId,
    Region: vault.region,
    VaultName: vault.vaultName,
    LastInventoryDate:
      lastInventoryDateMs === undefined ? null : formatIsoMilliseconds(lastInventoryDateMs),
    NumberOfArchives: numbers.numberOfArchives,
    SizeInBytes: sizeInBytes,
    Taken: note === null,
    Note: note,
  };
}
