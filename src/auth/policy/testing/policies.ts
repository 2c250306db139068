/** Builders of policies and requests for tests. */
import type { PolicyKind } from "../document.ts";
import { parsePolicyDocument } from "../parse-document.ts";
import type { PolicyContext } from "../policy-rules.ts";
import type { NamedPolicy } from "../policy-set.ts";
import type { PolicyPrincipal, PolicyRequest } from "../request.ts";

export const OWNER = "123456789012";
export const FOREIGN = "444455556666";
export const VAULT_ARN = `arn:aws:glacier:us-west-2:${OWNER}:vaults/examplevault`;

/** Contract §6.5: what acts on a vault. */
export const vaultActions: readonly string[] = [
  ...["AbortMultipartUpload", "AbortVaultLock", "AddTagsToVault", "CompleteMultipartUpload"],
  ...["CompleteVaultLock", "DeleteArchive", "DeleteVault", "DeleteVaultAccessPolicy"],
  ...["DeleteVaultNotifications", "DescribeJob", "DescribeVault", "GetJobOutput"],
  ...["GetVaultAccessPolicy", "GetVaultLock", "GetVaultNotifications", "InitiateJob"],
  ...["InitiateMultipartUpload", "InitiateVaultLock", "ListJobs", "ListMultipartUploads"],
  ...["ListParts", "ListTagsForVault", "RemoveTagsFromVault", "SetVaultAccessPolicy"],
  ...["SetVaultNotifications", "UploadArchive", "UploadMultipartPart"],
].map((name) => `glacier:${name}`);

/** Those, and the actions that stand in identity policies only. */
export const knownActions: readonly string[] = [
  ...vaultActions,
  ...["CreateVault", "ListVaults", "GetDataRetrievalPolicy", "SetDataRetrievalPolicy"].map(
    (name) => `glacier:${name}`,
  ),
  ...["ListProvisionedCapacity", "PurchaseProvisionedCapacity"].map((name) => `glacier:${name}`),
];

export function contextOf(kind: PolicyKind, overrides: Partial<PolicyContext> = {}): PolicyContext {
  return { kind, maxBytes: 20_480, ownArn: VAULT_ARN, knownActions, vaultActions, ...overrides };
}

export type StatementText = Readonly<Record<string, unknown>>;

/** The text of a document with these statements. */
export function textOf(statements: readonly StatementText[], version = "2012-10-17"): string {
  return JSON.stringify({ Version: version, Statement: statements });
}

export function policyOf(
  kind: PolicyKind,
  statements: readonly StatementText[],
  options: { readonly version?: string; readonly name?: string } = {},
): NamedPolicy {
  const document = parsePolicyDocument(textOf(statements, options.version), contextOf(kind));
  return { name: options.name ?? kind, document };
}

/** A statement that fits everything, but for the overrides. */
export function statementOf(
  effect: "Allow" | "Deny",
  overrides: StatementText = {},
): StatementText {
  const { Action, NotAction, Resource, NotResource, ...rest } = overrides;
  return {
    Effect: effect,
    ...(NotAction === undefined ? { Action: Action ?? "glacier:*" } : { NotAction }),
    ...(NotResource === undefined ? { Resource: Resource ?? VAULT_ARN } : { NotResource }),
    ...rest,
  };
}

export function rootOf(accountId: string): PolicyPrincipal {
  return { accountId, arn: `arn:aws:iam::${accountId}:root`, isRoot: true };
}

export function userOf(accountId: string, userName = "alice"): PolicyPrincipal {
  const arn = `arn:aws:iam::${accountId}:user/${userName}`;
  return { accountId, arn, isRoot: false, userName, userId: "AIDAEXAMPLE" };
}

/** alice of the owner's account deletes an archive, unless overridden. */
export function requestOf(
  overrides: Partial<Omit<PolicyRequest, "context">> & {
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
  } = {},
): PolicyRequest {
  const { context = {}, ...rest } = overrides;
  const entries = Object.entries(context).map(
    ([key, value]) => [key, typeof value === "string" ? [value] : value] as const,
  );
  return {
    principal: userOf(OWNER),
    action: "glacier:DeleteArchive",
    resourceArn: VAULT_ARN,
    resourceAccountId: OWNER,
    context: new Map(entries),
    ...rest,
  };
}
