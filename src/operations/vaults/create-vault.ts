import { limitExceeded } from "../../domain/errors.ts";
import { VAULTS_MAX } from "../../domain/limits.ts";
import { parseVaultName } from "../../domain/vault.ts";
import { formatVaultLocation } from "../../protocol/arn.ts";
import type { Handler } from "../handler.ts";

/**
 * Creates a vault; one that exists already stays as it is and gets the same answer, also when the account
 * has as many vaults as it may have (contract §2.1).
 */
export const createVault: Handler<"CreateVault"> = async (input, call, services) => {
  const { accountId, region } = call;
  const key = { accountId, region, vaultName: parseVaultName(input.vaultName) };
  await services.metadata.transaction(async ({ vaults }) => {
    if ((await vaults.find(key)) !== undefined) {
      return;
    }
    if ((await vaults.count({ accountId, region })) >= VAULTS_MAX) {
      throw limitExceeded(
        `The account has ${VAULTS_MAX} vaults in the region ${region}; no more are allowed.`,
      );
    }
    await vaults.insert({ ...key, createdAtMs: services.clock.nowMs() });
  });
  return { location: formatVaultLocation(key) };
};
