import { invalidParameter, vaultNotFound } from "../../domain/errors.ts";
import { decideVaultDeletable } from "../../domain/inventory.ts";
import { findVaultName, type Vault } from "../../domain/vault.ts";
import { formatVaultArn } from "../../protocol/arn.ts";
import type { Call, Handler, Services } from "../handler.ts";

/**
 * Deletes an empty vault with all that belongs to it. One that the account had and deleted is deleted
 * still; one that it never had is not found (contract §2.3).
 */
export const deleteVault: Handler<"DeleteVault"> = async (input, call, services) => {
  if (call.vault === undefined) {
    await checkWasDeleted(input.vaultName, call, services);
  } else {
    await removeVault(call.vault, call, services);
  }
  return {};
};

async function checkWasDeleted(
  nameText: string,
  { accountId, region }: Call<"DeleteVault">,
  services: Services,
): Promise<void> {
  const vaultName = findVaultName(nameText);
  if (vaultName === undefined) {
    throw vaultNotFound(nameText);
  }
  const key = { accountId, region, vaultName };
  if (!(await services.metadata.vaults.wasDeleted(key))) {
    throw vaultNotFound(formatVaultArn(key));
  }
}

/**
 * Nothing happens when another request has deleted the vault meanwhile: it was there, and it is gone. A vault
 * lock goes with its vault, which holds no archive then; a lock that is to prevent that denies DeleteVault.
 */
async function removeVault(
  vault: Vault,
  call: Call<"DeleteVault">,
  services: Services,
): Promise<void> {
  await services.metadata.transaction(async ({ vaults }) => {
    const locked = await vaults.lock(vault.vaultId);
    if (locked === undefined) {
      return;
    }
    call.authorizeAgain(locked);
    if (!decideVaultDeletable(locked, services.settings.inventory)) {
      throw invalidParameter(`Vault not empty or recently written to: ${formatVaultArn(vault)}`);
    }
    await vaults.remove(vault.vaultId);
  });
}
