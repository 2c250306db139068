/** Why a caller may do something to a vault, or may not: what `moraine policy explain` asks. */
import { evaluate } from "../auth/policy/evaluate.ts";
import { explain } from "../auth/policy/explain.ts";
import type { StatementOrigin } from "../auth/policy/policy-set.ts";
import { badRequest, notFound, vaultNotFound } from "../domain/errors.ts";
import { formatRootArn, formatUserArn, parseUserName } from "../domain/identity.ts";
import { type AccountId, findAccountId } from "../domain/ids.ts";
import { findVaultName } from "../domain/vault.ts";
import type { Principal } from "../ports/credential-store.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import { actionOf, type OperationName, operationNames } from "../protocol/operations.ts";
import {
  type AccessQuestion,
  type AuthorizationServices,
  buildPolicyRequest,
  listIdentityPolicies,
  policiesOfVault,
} from "./authorize.ts";
import { isOnVault } from "./policy-request.ts";

/** The question as it travels. */
export interface ExplainQuestion {
  /** The ARN of a root or a user. */
  readonly Principal: string;
  /** `glacier:DeleteArchive`, in any letter case. */
  readonly Action: string;
  /** A name, of a vault of the principal's account in `Region`, or the ARN of a vault of any. */
  readonly Vault?: string | undefined;
  readonly Region?: string | undefined;
  readonly ArchiveAgeInDays?: number | undefined;
  readonly SourceIp?: string | undefined;
}

/** A statement, and how it bore on the question. */
interface ExplainedOrigin {
  readonly PolicyKind: string;
  readonly PolicyName: string;
  /** Counts from 0. */
  readonly StatementIndex: number;
  readonly Sid: string | null;
}

export interface ExplainAnswer {
  readonly Principal: string;
  readonly Action: string;
  readonly Resource: string;
  readonly Allowed: boolean;
  readonly Reason: string;
  /** `null` when no statement decided. */
  readonly DecidedBy: ExplainedOrigin | null;
  /** Sides whose Allow is lacking. */
  readonly Missing: readonly string[];
  readonly Statements: readonly (ExplainedOrigin & {
    readonly Effect: string;
    readonly Matches: boolean;
    /** `delegated`: it names only the principal's account, whose own policies then decide. */
    readonly Reach: string | null;
    /** The first element that does not fit. */
    readonly FailedElement: string | null;
  })[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Answers by the very policies that requests meet. What the question leaves out (address, archive age) the
 * imagined request does not have. Throws `BadRequest` for what can't be asked, `ResourceNotFoundException`
 * for a user or a vault that does not exist.
 */
export async function explainAccess(
  asked: ExplainQuestion,
  services: AuthorizationServices & { readonly defaultRegion: string },
): Promise<ExplainAnswer> {
  const question = await buildQuestion(asked, services);
  const policies = {
    identity: await listIdentityPolicies(question.principal, services),
    ...policiesOfVault(question.vault, services),
  };
  const request = buildPolicyRequest(question);
  const decision = evaluate(request, policies);
  return {
    Principal: question.principal.arn,
    Action: request.action,
    Resource: request.resourceArn,
    Allowed: decision.allowed,
    Reason: decision.reason,
    DecidedBy: decision.decidedBy === undefined ? null : renderOrigin(decision.decidedBy),
    Missing: decision.missing ?? [],
    Statements: explain(request, policies).map((explained) => ({
      ...renderOrigin(explained),
      Effect: explained.effect,
      Matches: explained.isMatch,
      Reach: explained.isMatch ? explained.reach : null,
      FailedElement: explained.isMatch ? null : explained.failedElement,
    })),
  };
}

function renderOrigin(origin: StatementOrigin): ExplainedOrigin {
  return {
    PolicyKind: origin.policyKind,
    PolicyName: origin.policyName,
    StatementIndex: origin.statementIndex,
    Sid: origin.sid ?? null,
  };
}

async function buildQuestion(
  asked: ExplainQuestion,
  services: AuthorizationServices & { readonly defaultRegion: string },
): Promise<AccessQuestion> {
  const principal = await findPrincipal(asked.Principal, services);
  const operation = findOperation(asked.Action);
  const owner = { accountId: principal.accountId, region: asked.Region ?? services.defaultRegion };
  const named = findNamedVault(asked.Vault, owner);
  if (named === undefined && (isOnVault(operation) || operation === "CreateVault")) {
    throw badRequest(`Vault must be given: ${operation} acts on a vault.`);
  }
  const vault = await findVault(operation, named, services);
  const nowMs = services.clock.nowMs();
  const age = asked.ArchiveAgeInDays;
  return {
    operation,
    principal,
    owner: named ?? owner,
    path: { account: (named ?? owner).accountId, vaultName: named?.vaultName },
    vault,
    circumstances: { sourceIp: asked.SourceIp, isSecure: false, userAgent: undefined, nowMs },
    archiveCreatedAtMs: age === undefined ? undefined : nowMs - age * DAY_MS,
  };
}

async function findPrincipal(arn: string, { metadata }: AuthorizationServices): Promise<Principal> {
  const match = /^arn:aws:iam::(\d{12}):(?:(root)|user\/(?:[!-~]*\/)?([^/]+))$/.exec(arn);
  const accountId = findAccountId(match?.[1] ?? "");
  if (match === null || accountId === undefined) {
    throw badRequest(
      `Principal must be arn:aws:iam::<account>:root or arn:aws:iam::<account>:user/<name>; got ${arn}`,
    );
  }
  if (match[2] === "root") {
    return { accountId, arn: formatRootArn(accountId), isRoot: true, userId: accountId };
  }
  const userName = parseUserName(match[3]);
  const user = await metadata.identities.findUser({ accountId, userName });
  if (user === undefined) {
    throw notFound(`The user ${userName} of the account ${accountId} was not found.`);
  }
  return { accountId, arn: formatUserArn(user), isRoot: false, userId: user.userId, userName };
}

function findOperation(action: string): OperationName {
  const operation = operationNames.find(
    (name) => actionOf(name).toLowerCase() === action.toLowerCase(),
  );
  if (operation === undefined) {
    throw badRequest(
      `Action must be that of an operation, as glacier:DeleteArchive; got ${action}`,
    );
  }
  return operation;
}

interface NamedVault {
  readonly accountId: AccountId;
  readonly region: string;
  readonly vaultName: string;
}

function findNamedVault(
  text: string | undefined,
  owner: Omit<NamedVault, "vaultName">,
): NamedVault | undefined {
  const match = /^arn:aws:glacier:([^:]+):(\d{12}):vaults\/(.+)$/.exec(text ?? "");
  const accountId = findAccountId(match?.[2] ?? "");
  if (match === null || accountId === undefined) {
    return text === undefined ? undefined : { ...owner, vaultName: text };
  }
  return { accountId, region: match[1] ?? "", vaultName: match[3] ?? "" };
}

async function findVault(
  operation: OperationName,
  named: NamedVault | undefined,
  { metadata }: AuthorizationServices,
) {
  if (named === undefined || !isOnVault(operation)) {
    return undefined;
  }
  const vaultName = findVaultName(named.vaultName);
  const vault =
    vaultName === undefined ? undefined : await metadata.vaults.find({ ...named, vaultName });
  if (vault === undefined) {
    throw vaultNotFound(formatVaultArn(named));
  }
  return vault;
}
