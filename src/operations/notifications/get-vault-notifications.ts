import { noNotificationConfiguration } from "../../domain/errors.ts";
import type { Handler } from "../handler.ts";

/** The notification configuration of a vault, events in the order in which they were set (contract §2.6). */
export const getVaultNotifications: Handler<"GetVaultNotifications"> = async (_input, call) => {
  const { notification, vaultName } = call.vault;
  if (notification === undefined) {
    throw noNotificationConfiguration(vaultName);
  }
  return {
    vaultNotificationConfig: { Events: notification.events, SNSTopic: notification.topicArn },
  };
};
