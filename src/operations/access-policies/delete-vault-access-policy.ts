import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/** Takes the access policy away; no error when there is none (contract §2.13). */
export const deleteVaultAccessPolicy: Handler<"DeleteVaultAccessPolicy"> = async (
  _input,
  call,
  services,
) => {
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    await session.vaults.setAccessPolicy(vault.vaultId, undefined);
  });
  return {};
};
