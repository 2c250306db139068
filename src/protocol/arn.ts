/** Amazon resource names of vaults (contract §1.9) and the paths that `Location` headers carry. */
import type { AccountId } from "../domain/ids.ts";
import type { VaultKey } from "../domain/vault.ts";

/** `arn:aws:glacier:<region>:<account>:vaults/<vault>`; `vaultName` may be a raw name in messages. */
export function formatVaultArn(
  vault: Pick<VaultKey, "accountId" | "region"> & { readonly vaultName: string },
): string {
  return `${vaultArnPrefix(vault)}${vault.vaultName}`;
}

/** The name in a vault ARN of this account and region; `undefined` for any other text. */
export function findVaultNameInArn(
  arn: string,
  owner: { readonly accountId: AccountId; readonly region: string },
): string | undefined {
  const prefix = vaultArnPrefix(owner);
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
}

function vaultArnPrefix(owner: { readonly accountId: AccountId; readonly region: string }): string {
  return `arn:aws:glacier:${owner.region}:${owner.accountId}:vaults/`;
}

/** `/<account>/vaults/<vault>` and what follows it: path-absolute, never `-` for the account (contract §1.4). */
export function formatVaultLocation(vault: VaultKey, ...segments: readonly string[]): string {
  return ["", vault.accountId, "vaults", vault.vaultName, ...segments].join("/");
}
