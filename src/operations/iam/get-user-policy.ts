import { parsePolicyName } from "../../domain/identity.ts";
import { userPolicyNotFound } from "../../domain/identity-errors.ts";
import type { IamAction } from "../../protocol/query/iam.ts";
import { findNamedUser } from "../key-owner.ts";
import type { ManagementHandler } from "../management-handler.ts";

/** An inline policy of a user; the document percent-encoded (RFC 3986), as IAM gives it. */
export const getUserPolicy: ManagementHandler<IamAction<"GetUserPolicy">> = async (
  input,
  { accountId },
  services,
) => {
  const policyName = parsePolicyName(input.PolicyName);
  const { identities } = services.metadata;
  const user = await findNamedUser(input.UserName, accountId, identities.findUser);
  const policies = await identities.listUserPolicies(user.userId);
  const policy = policies.find((candidate) => candidate.policyName === policyName);
  if (policy === undefined) {
    throw userPolicyNotFound(policyName);
  }
  return {
    UserName: user.userName,
    PolicyName: policyName,
    PolicyDocument: encodeDocument(policy.document),
  };
};

/** `encodeURIComponent` leaves five characters that RFC 3986 reserves. */
function encodeDocument(document: string): string {
  return encodeURIComponent(document.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
