import { decideLockAbort } from "../../domain/vault-lock.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/** Takes a lock in progress away; no error when there is none, refused once locked (contract §2.16). */
export const abortVaultLock: Handler<"AbortVaultLock"> = async (_input, call, services) => {
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    if (decideLockAbort(vault.lock) === "Remove") {
      await session.vaults.setLock(vault.vaultId, undefined);
    }
  });
  return {};
};
