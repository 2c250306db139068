import { parseNotificationConfiguration } from "../../domain/notification-configuration.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/** Sets which ends of jobs a vault tells to which topic, replacing what it told before (contract §2.5). */
export const setVaultNotifications: Handler<"SetVaultNotifications"> = async (
  input,
  call,
  services,
) => {
  const notification = parseNotificationConfiguration({
    SNSTopic: input.vaultNotificationConfig?.SNSTopic,
    Events: input.vaultNotificationConfig?.Events,
  });
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    await session.vaults.setNotification(vault.vaultId, notification);
  });
  return {};
};
