import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/** Takes the notification configuration away; no error when there is none (contract §2.7). */
export const deleteVaultNotifications: Handler<"DeleteVaultNotifications"> = async (
  _input,
  call,
  services,
) => {
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    await session.vaults.setNotification(vault.vaultId, undefined);
  });
  return {};
};
