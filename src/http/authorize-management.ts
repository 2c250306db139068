/** Decides whether a caller may perform an action of a management service (`iam`, `sts`, `sns`, `sqs`). */
import { evaluate } from "../auth/policy/evaluate.ts";
import type { PolicyRequest } from "../auth/policy/request.ts";
import type { Services } from "../operations/handler.ts";
import type { ManagementCall, ManagementService } from "../operations/management-handler.ts";
import { type AuthorizationServices, deniedByPolicy, listIdentityPolicies } from "./authorize.ts";
import { findResource, type ManagementRequest } from "./management.ts";
import { type Circumstances, contextOf } from "./policy-request.ts";

/** Every caller may ask who it is, whatever its policies say, as in AWS. */
const ALWAYS_ALLOWED = "sts:GetCallerIdentity";

/**
 * Everything belongs to the caller's own account: its root may do all of it, a user what its policies allow.
 * Throws `AccessDeniedException`.
 */
export async function authorizeManagement(
  management: ManagementService,
  asked: {
    readonly request: ManagementRequest;
    readonly call: ManagementCall;
    readonly circumstances: Circumstances;
  },
  services: Services & AuthorizationServices,
): Promise<void> {
  const { request, call, circumstances } = asked;
  const { principal } = call;
  const action = `${management.table.name}:${request.action}`;
  if (principal.isRoot || action === ALWAYS_ALLOWED) {
    return;
  }
  const policyRequest: PolicyRequest = {
    principal,
    action,
    resourceArn: await findResource(management, request, call, services),
    resourceAccountId: call.accountId,
    context: contextOf(principal, circumstances, {
      tags: new Map(),
      archiveCreatedAtMs: undefined,
    }),
  };
  const identity = await listIdentityPolicies(principal, services);
  if (!evaluate(policyRequest, { identity }).allowed) {
    throw deniedByPolicy(policyRequest);
  }
}
