/** Amazon resource names (contract §1.9) and the paths that `Location` headers carry. */
import type { AccountId } from "../domain/ids.ts";
import type { VaultKey } from "../domain/vault.ts";

/** `arn:aws:glacier:<region>:<account>:vaults/<vault>`; `vaultName` may be a raw name in messages. */
export function formatVaultArn(
  vault: Pick<VaultKey, "accountId" | "region"> & { readonly vaultName: string },
): string {
  return `${vaultArnPrefix(vault)}${vault.vaultName}`;
}

/** What policies call the data retrieval policy of an account in a region. */
export function formatRetrievalPolicyArn(owner: Owner): string {
  return `${ownerArnPrefix(owner)}policies/retrieval-limit-policy`;
}

/** What policies call the provisioned capacity of an account. */
export function formatProvisionedCapacityArn(owner: Owner): string {
  return `${ownerArnPrefix(owner)}provisioned-capacity`;
}

/** The name in a vault ARN of this account and region; `undefined` for any other text. */
export function findVaultNameInArn(arn: string, owner: Owner): string | undefined {
  const prefix = vaultArnPrefix(owner);
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
}

interface Owner {
  readonly accountId: AccountId;
  readonly region: string;
}

function vaultArnPrefix(owner: Owner): string {
  return `${ownerArnPrefix(owner)}vaults/`;
}

function ownerArnPrefix({ accountId, region }: Owner): string {
  return `arn:aws:glacier:${region}:${accountId}:`;
}

/** `/<account>/vaults/<vault>` and what follows it: path-absolute, never `-` for the account (contract §1.4). */
export function formatVaultLocation(vault: VaultKey, ...segments: readonly string[]): string {
  return ["", vault.accountId, "vaults", vault.vaultName, ...segments].join("/");
}
