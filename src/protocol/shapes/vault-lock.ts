/** Shapes of the four vault lock operations. */
import { bodyMembers, header, path, payload } from "../fields.ts";
import { string, timestamp } from "../schema.ts";
import { policyText } from "./access-policy.ts";
import { vaultPath } from "./vault.ts";

export const initiateVaultLock = {
  input: { ...vaultPath, policy: payload(policyText) },
  output: { lockId: header("x-amz-lock-id") },
} as const;

export const getVaultLock = {
  input: vaultPath,
  output: bodyMembers({
    Policy: string,
    State: string,
    ExpirationDate: timestamp,
    CreationDate: timestamp,
  }),
} as const;

export const abortVaultLock = { input: vaultPath, output: {} } as const;

export const completeVaultLock = {
  input: { ...vaultPath, lockId: path("lockId") },
  output: {},
} as const;
