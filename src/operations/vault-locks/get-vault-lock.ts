import { noVaultLock } from "../../domain/errors.ts";
import { findEffectiveLock } from "../../domain/vault-lock.ts";
import type { Handler } from "../handler.ts";

/** The lock of a vault, in progress or locked; its policy byte for byte as it was sent (contract §2.15). */
export const getVaultLock: Handler<"GetVaultLock"> = async (_input, call, services) => {
  const lock = findEffectiveLock(call.vault.lock, services.clock.nowMs());
  if (lock === undefined) {
    throw noVaultLock(call.vault.vaultName);
  }
  return {
    Policy: lock.policy,
    State: lock.state,
    ExpirationDate: lock.state === "InProgress" ? lock.expiresAtMs : null,
    CreationDate: lock.createdAtMs,
  };
};
