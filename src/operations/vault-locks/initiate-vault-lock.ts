import { decideLockInitiation } from "../../domain/vault-lock.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";
import { parsePolicyText } from "../parse-policy-text.ts";

/** Puts a lock policy in force for 24 hours, in which the lock can be completed (contract §2.14). */
export const initiateVaultLock: Handler<"InitiateVaultLock"> = async (input, call, services) => {
  const policy = parsePolicyText(input.policy, { kind: "vault-lock", call, services });
  const lockId = services.ids.lockId();
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    const nowMs = services.clock.nowMs();
    const lock = decideLockInitiation(vault.lock, { lockId, policy, nowMs });
    await session.vaults.setLock(vault.vaultId, lock);
  });
  return { lockId };
};
