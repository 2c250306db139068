import { vaultNotFound } from "../domain/errors.ts";
import type { Vault } from "../domain/vault.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import type { Call } from "./handler.ts";

/**
 * The vault as it is now, locked until the transaction ends. Throws `ResourceNotFoundException` when it was
 * deleted since the request was authorised, `AccessDeniedException` when its policies, lock or tags have
 * changed since and now deny the call: no change takes effect after a rule against it was acknowledged.
 */
export async function lockVault(
  session: MetadataSession,
  call: Pick<Call<"DescribeVault">, "vault" | "authorizeAgain">,
): Promise<Vault> {
  return requireLockedVault(await session.vaults.lock(call.vault.vaultId), call);
}

/** The same for a vault that is locked already, or is gone. */
export function requireLockedVault(
  locked: Vault | undefined,
  call: Pick<Call<"DescribeVault">, "vault" | "authorizeAgain">,
): Vault {
  if (locked === undefined) {
    throw vaultNotFound(formatVaultArn(call.vault));
  }
  call.authorizeAgain(locked);
  return locked;
}
