import {
  checkLength,
  countPolicyCharacters,
  parsePolicyName,
  parsePresent,
} from "../../domain/identity.ts";
import { policiesTooLong } from "../../domain/identity-errors.ts";
import {
  POLICY_DOCUMENT_MAX_CHARACTERS,
  USER_POLICIES_MAX_CHARACTERS,
} from "../../domain/limits.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { findNamedUser } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";

/** Adds an inline policy to a user or replaces the one of that name; the document is kept as it was given. */
export const putUserPolicy: ManagementHandler<IamAction<"PutUserPolicy">> = async (
  input,
  { accountId },
  services,
) => {
  const policyName = parsePolicyName(input.PolicyName);
  const document = parsePresent("policyDocument", input.PolicyDocument);
  checkLength("policyDocument", document, { min: 1, max: POLICY_DOCUMENT_MAX_CHARACTERS });
  await services.metadata.transaction(async ({ identities }) => {
    const user = await findNamedUser(input.UserName, accountId, identities.lockUser);
    services.identity.validatePolicy(document);
    const policies = await identities.listUserPolicies(user.userId);
    const kept = policies.filter((policy) => policy.policyName !== policyName);
    const characters = [...kept.map((policy) => policy.document), document]
      .map(countPolicyCharacters)
      .reduce((sum, count) => sum + count, 0);
    if (characters > USER_POLICIES_MAX_CHARACTERS) {
      throw policiesTooLong(user.userName, USER_POLICIES_MAX_CHARACTERS);
    }
    await identities.putUserPolicy(user.userId, { policyName, document });
  });
  return undefined;
};
