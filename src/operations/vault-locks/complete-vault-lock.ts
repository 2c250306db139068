import { decideLockCompletion } from "../../domain/vault-lock.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/** Locks a vault for ever with the policy in progress; repeating it is no error (contract §2.17). */
export const completeVaultLock: Handler<"CompleteVaultLock"> = async (input, call, services) => {
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    const lock = decideLockCompletion(vault.lock, {
      lockId: input.lockId,
      vaultName: vault.vaultName,
      nowMs: services.clock.nowMs(),
    });
    if (vault.lock?.state !== "Locked") {
      await session.vaults.setLock(vault.vaultId, lock);
    }
  });
  return {};
};
