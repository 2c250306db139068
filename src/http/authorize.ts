/**
 * Decides whether a caller may do what a request asks (contract §1.1, §6.3–§6.5): identity policies of the
 * caller, access policy and lock policy of the vault, each explicit Deny first. There is no other way in:
 * every Glacier request passes here before its body is read (but for InitiateJob, whose body names the
 * archive), and again, under the vault's lock, before it changes anything.
 */
import { evaluate } from "../auth/policy/evaluate.ts";
import { listStatements, type NamedPolicy, type PolicySet } from "../auth/policy/policy-set.ts";
import { findReach } from "../auth/policy/principal.ts";
import type { PolicyRequest } from "../auth/policy/request.ts";
import { accessDenied, type ServiceError } from "../domain/errors.ts";
import { type AccountId, findAccountId } from "../domain/ids.ts";
import type { Vault } from "../domain/vault.ts";
import { findEffectiveLock } from "../domain/vault-lock.ts";
import type { Clock } from "../ports/clock.ts";
import type { Principal } from "../ports/credential-store.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import { actionOf, type OperationName } from "../protocol/operations.ts";
import type { PolicyDocuments } from "./policy-documents.ts";
import { type Circumstances, contextOf, resourceArnOf } from "./policy-request.ts";

export interface AuthorizationServices {
  readonly metadata: MetadataStore;
  readonly policies: PolicyDocuments;
  readonly clock: Clock;
}

/** Who asks for what. */
export interface AccessQuestion {
  readonly operation: OperationName;
  readonly principal: Principal;
  readonly circumstances: Circumstances;
  /** The account that the path names, and the region that the request was signed for. */
  readonly owner: { readonly accountId: AccountId; readonly region: string };
  /** The account and the vault as they stand in the path. */
  readonly path: { readonly account: string; readonly vaultName: string | undefined };
  /** `undefined` when the operation names none, or it does not exist. */
  readonly vault: Vault | undefined;
  /** When the archive was created that DeleteArchive or InitiateJob names; `undefined` when unknown. */
  readonly archiveCreatedAtMs: number | undefined;
}

/**
 * The account that the path names: `-` is the caller's own. Throws `AccessDeniedException` with the recorded
 * text for what can't be an account (contract §1.1).
 */
export function findPathAccount(accountSegment: string, principal: Principal): AccountId {
  const named = accountSegment === "-" ? principal.accountId : findAccountId(accountSegment);
  if (named === undefined) {
    throw foreignAccount(accountSegment);
  }
  return named;
}

/** The refusal that reveals nothing of another account: neither that it exists nor what it holds. */
export function foreignAccount(accountSegment: string): ServiceError {
  return accessDenied(`Access denied for account ID: ${accountSegment}`);
}

/**
 * Resolves when the caller may go on, with a check of the same kind against the vault as it is later.
 * Throws `AccessDeniedException`.
 */
export async function authorize(
  question: AccessQuestion,
  services: AuthorizationServices,
): Promise<(vault: Vault) => void> {
  const identity = await listIdentityPolicies(question.principal, services);
  const check = (vault: Vault | undefined): void => {
    const policies = { identity, ...policiesOfVault(vault, services) };
    checkAccess({ ...question, vault }, policies);
  };
  check(question.vault);
  return check;
}

/** The caller's own policies; a root has none. */
export async function listIdentityPolicies(
  principal: Principal,
  { metadata, policies }: Pick<AuthorizationServices, "metadata" | "policies">,
): Promise<readonly NamedPolicy[]> {
  const stored = principal.isRoot
    ? []
    : await metadata.identities.listUserPolicies(principal.userId);
  return stored.map(({ policyName, document }) => ({
    name: policyName,
    document: policies.read(document, { kind: "identity" }),
  }));
}

/** Access policy and lock policy of a vault; a lock counts from its initiation until it expires. */
export function policiesOfVault(
  vault: Vault | undefined,
  { policies, clock }: Pick<AuthorizationServices, "policies" | "clock">,
): Omit<PolicySet, "identity"> {
  if (vault === undefined) {
    return {};
  }
  const ownArn = formatVaultArn(vault);
  const read = (text: string, kind: "vault-access" | "vault-lock"): NamedPolicy => ({
    name: kind === "vault-access" ? "vault access policy" : "vault lock policy",
    document: policies.read(text, { kind, ownArn }),
  });
  const lock = findEffectiveLock(vault.lock, clock.nowMs());
  return {
    ...(vault.accessPolicy !== undefined && { access: read(vault.accessPolicy, "vault-access") }),
    ...(lock !== undefined && { lock: read(lock.policy, "vault-lock") }),
  };
}

/** What the policies are asked. */
export function buildPolicyRequest(question: AccessQuestion): PolicyRequest {
  const { operation, principal, circumstances, owner, path, vault } = question;
  let context: PolicyRequest["context"] | undefined;
  return {
    principal,
    action: actionOf(operation),
    resourceArn: resourceArnOf(operation, owner, path.vaultName),
    resourceAccountId: owner.accountId,
    // Gathered when a statement asks for it: most requests meet no condition at all.
    get context() {
      context ??= contextOf(principal, circumstances, {
        tags: vault?.tags ?? new Map(),
        archiveCreatedAtMs: question.archiveCreatedAtMs,
      });
      return context;
    },
  };
}

function checkAccess(question: AccessQuestion, policies: PolicySet): void {
  const { principal, owner, path } = question;
  const isForeign = principal.accountId !== owner.accountId;
  if (isForeign && !letsIn(policies, principal)) {
    throw foreignAccount(path.account);
  }
  const request = buildPolicyRequest(question);
  if (!evaluate(request, policies).allowed) {
    throw deniedByPolicy(request);
  }
}

/** Whether some policy of the vault allows the caller, or its account, anything at all. */
function letsIn(policies: PolicySet, principal: Principal): boolean {
  return listStatements({ ...policies, identity: [] }).some(
    ({ statement }) =>
      statement.effect === "Allow" &&
      statement.principal !== undefined &&
      findReach(statement.principal, principal, "Allow") !== undefined,
  );
}

/** Says who may not do what to which resource (contract §6.5). */
export function deniedByPolicy({ principal, action, resourceArn }: PolicyRequest): ServiceError {
  return accessDenied(
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resourceArn}`,
  );
}
