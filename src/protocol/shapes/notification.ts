/** Shapes of the three vault notification operations. */
import { payload } from "../fields.ts";
import { list, string, structure } from "../schema.ts";
import { vaultPath } from "./vault.ts";

const notificationConfiguration = structure({ Events: list(string), SNSTopic: string });

export const setVaultNotifications = {
  input: { ...vaultPath, vaultNotificationConfig: payload(notificationConfiguration) },
  output: {},
} as const;

export const getVaultNotifications = {
  input: vaultPath,
  output: { vaultNotificationConfig: payload(notificationConfiguration) },
} as const;

export const deleteVaultNotifications = { input: vaultPath, output: {} } as const;
