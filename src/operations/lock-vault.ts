import { vaultNotFound } from "../domain/errors.ts";
import type { Vault } from "../domain/vault.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import { formatVaultArn } from "../protocol/arn.ts";

/**
 * The vault as it is now, locked until the transaction ends. Throws `ResourceNotFoundException` when it was
 * deleted since the request was authorised.
 */
export async function lockVault(session: MetadataSession, vault: Vault): Promise<Vault> {
  const locked = await session.vaults.lock(vault.vaultId);
  if (locked === undefined) {
    throw vaultNotFound(formatVaultArn(vault));
  }
  return locked;
}
