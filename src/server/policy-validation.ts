/** Checks identity policies on behalf of the operations, which do not know the policy language. */
import { parsePolicyDocument } from "../auth/policy/parse-document.ts";
import { ServiceError } from "../domain/errors.ts";
import { malformedPolicy } from "../domain/identity-errors.ts";
import { POLICY_DOCUMENT_MAX_CHARACTERS } from "../domain/limits.ts";

/** Returns when `document` is an identity policy; throws `ManagementError` `MalformedPolicyDocument`. */
export function validateIdentityPolicy(document: string): void {
  try {
    parsePolicyDocument(document, { kind: "identity", maxBytes: POLICY_DOCUMENT_MAX_CHARACTERS });
  } catch (error) {
    throw error instanceof ServiceError ? malformedPolicy(error.message) : error;
  }
}
