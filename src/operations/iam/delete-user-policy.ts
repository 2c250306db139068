import { parsePolicyName } from "../../domain/identity.ts";
import { userPolicyNotFound } from "../../domain/identity-errors.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { findNamedUser } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";

/** Removes an inline policy of a user. */
export const deleteUserPolicy: ManagementHandler<IamAction<"DeleteUserPolicy">> = async (
  input,
  { accountId },
  services,
) => {
  const policyName = parsePolicyName(input.PolicyName);
  await services.metadata.transaction(async ({ identities }) => {
    const { userId } = await findNamedUser(input.UserName, accountId, identities.lockUser);
    const policies = await identities.listUserPolicies(userId);
    if (!policies.some((policy) => policy.policyName === policyName)) {
      throw userPolicyNotFound(policyName);
    }
    await identities.removeUserPolicy(userId, policyName);
  });
  return undefined;
};
