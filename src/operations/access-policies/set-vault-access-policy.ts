import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";
import { parsePolicyText } from "../parse-policy-text.ts";

/** Sets the access policy of a vault, replacing the one it had (contract §2.11). */
export const setVaultAccessPolicy: Handler<"SetVaultAccessPolicy"> = async (
  input,
  call,
  services,
) => {
  const policy = parsePolicyText(input.policy, { kind: "vault-access", call, services });
  await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    await session.vaults.setAccessPolicy(vault.vaultId, policy);
  });
  return {};
};
