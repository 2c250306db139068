/** What policies are asked: the action, the resource and the circumstances of a request (contract §6.5). */
import { archiveAgeInDays, resourceTagConditionKey } from "../auth/policy/condition-keys.ts";
import { USER_AGENT_MAX_CHARACTERS } from "../auth/policy/request.ts";
import type { AccountId } from "../domain/ids.ts";
import type { Tags } from "../domain/vault.ts";
import type { Principal } from "../ports/credential-store.ts";
import {
  formatProvisionedCapacityArn,
  formatRetrievalPolicyArn,
  formatVaultArn,
} from "../protocol/arn.ts";
import { type OperationName, operations } from "../protocol/operations.ts";
import { formatIsoMilliseconds } from "../std/iso-time.ts";

/** How a request came, as far as policies may ask. */
export interface Circumstances {
  /** The address of the socket's other end: what a client says of itself (X-Forwarded-For) proves nothing. */
  readonly sourceIp: string | undefined;
  readonly isSecure: boolean;
  readonly userAgent: string | undefined;
  readonly nowMs: number;
}

/** The resource of an operation; `vaultName` as it stands in the path. */
export function resourceArnOf(
  operation: OperationName,
  owner: { readonly accountId: AccountId; readonly region: string },
  vaultName: string | undefined,
): string {
  switch (operation) {
    case "SetDataRetrievalPolicy":
    case "GetDataRetrievalPolicy":
      return formatRetrievalPolicyArn(owner);
    case "PurchaseProvisionedCapacity":
    case "ListProvisionedCapacity":
      return formatProvisionedCapacityArn(owner);
    default:
      // The guide grants ListVaults on `vaults/*`, and on `*`: this text is matched by both.
      return formatVaultArn({ ...owner, vaultName: vaultName ?? "*" });
  }
}

/** The condition keys of a request; what it does not have is left out. */
export function contextOf(
  principal: Principal,
  circumstances: Circumstances,
  resource: { readonly tags: Tags; readonly archiveCreatedAtMs: number | undefined },
): ReadonlyMap<string, readonly string[]> {
  const { nowMs } = circumstances;
  const { archiveCreatedAtMs: createdAtMs } = resource;
  const age = createdAtMs === undefined ? undefined : archiveAgeInDays(createdAtMs, nowMs);
  const keys: [name: string, value: string | undefined][] = [
    ["aws:currenttime", formatIsoMilliseconds(nowMs)],
    ["aws:epochtime", String(Math.floor(nowMs / 1000))],
    ["aws:principalaccount", principal.accountId],
    ["aws:principalarn", principal.arn],
    ["aws:securetransport", String(circumstances.isSecure)],
    ["aws:sourceip", circumstances.sourceIp],
    ["aws:useragent", circumstances.userAgent?.slice(0, USER_AGENT_MAX_CHARACTERS)],
    ["aws:userid", principal.userId],
    ["aws:username", principal.userName],
    ["glacier:archiveageindays", age === undefined ? undefined : String(age)],
    ...[...resource.tags].map(([key, value]): [string, string] => [
      resourceTagConditionKey(key),
      value,
    ]),
  ];
  const context = new Map<string, readonly string[]>();
  for (const [name, value] of keys) {
    if (value !== undefined) {
      context.set(name, [...(context.get(name) ?? []), value]);
    }
  }
  return context;
}

/** Whether `glacier:ArchiveAgeInDays` exists for the operation. */
export function asksForArchiveAge(operation: OperationName): boolean {
  return operation === "DeleteArchive" || operation === "InitiateJob";
}

/** Whether the operation acts on a vault that must exist, and that may belong to another account. */
export function isOnVault(operation: OperationName): boolean {
  return operation !== "CreateVault" && Object.hasOwn(operations[operation].input, "vaultName");
}
