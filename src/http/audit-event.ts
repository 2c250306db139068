/**
 * One request as an event of the audit log, in CloudTrail's shape (guide, "Logging Amazon S3 Glacier API Calls with
 * AWS CloudTrail"). Bodies and secrets never get in: of a request only what its operation's shape names is
 * told, of a result only what is no secret.
 */
import { findAccountId } from "../domain/ids.ts";
import type { AuditEvent, AuditIdentity, AuditResource } from "../ports/audit-log.ts";
import type { Principal } from "../ports/credential-store.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import type { Method } from "../protocol/operations.ts";
import { formatIsoSeconds } from "../std/iso-time.ts";
import { cutText, hideCredentials, toAuditJson } from "./audit-values.ts";

/** What is known of a request once it has been answered. */
export interface AuditFacts {
  readonly requestId: string;
  readonly eventId: string;
  /** When it was completed. */
  readonly nowMs: number;
  readonly method: string;
  /** Without the query, as on the wire. */
  readonly path: string;
  /** `glacier`, `iam`, …; `moraine` for the operations API. */
  readonly service: string;
  /** The operation or action; `undefined` when the request names none that exists. */
  readonly operation: string | undefined;
  /** Who signed the request; `undefined` until that is proven. */
  readonly principal: Principal | undefined;
  /** As the request claims it. */
  readonly accessKeyId: string | undefined;
  readonly region: string;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** Parameters by name, decoded. */
  readonly parameters: object | undefined;
  /** What the operation returned. */
  readonly output: object | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** Of the answer, sent or about to be; `undefined` when the connection was cut instead. */
  readonly status: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** CloudTrail record contents: the version whose members these are. */
const EVENT_VERSION = "1.08";
/** CloudTrail cuts both at 1 KiB. */
const TEXT_MAX_CHARACTERS = 1024;
/** The operations API is no service of AWS. */
const OPERATOR_SERVICE = "moraine";
const UNKNOWN_OPERATION = "UnknownOperation";

/** Builds the event. */
export function buildAuditEvent(facts: AuditFacts): AuditEvent {
  const { principal, error, operation } = facts;
  const readOnly = isReadOnly(facts);
  const vaults = listVaults(facts);
  return {
    eventVersion: EVENT_VERSION,
    userIdentity: describeIdentity(principal, facts.accessKeyId),
    eventTime: formatIsoSeconds(facts.nowMs),
    eventSource:
      facts.service === OPERATOR_SERVICE ? facts.service : `${facts.service}.amazonaws.com`,
    eventName: operation ?? UNKNOWN_OPERATION,
    awsRegion: cutText(facts.region, TEXT_MAX_CHARACTERS),
    sourceIPAddress: facts.sourceIp,
    userAgent: facts.userAgent === undefined ? null : cutText(facts.userAgent, TEXT_MAX_CHARACTERS),
    errorCode: error && cutText(error.code, TEXT_MAX_CHARACTERS),
    errorMessage: error && cutText(hideCredentials(error.message), TEXT_MAX_CHARACTERS),
    requestParameters: toAuditJson(facts.parameters),
    // As in CloudTrail, a read has none: its result would repeat what the service keeps.
    responseElements: readOnly ? null : toAuditJson(withoutBody(facts.output)),
    additionalEventData: describeTransfer(facts),
    requestID: facts.requestId,
    eventID: facts.eventId,
    readOnly,
    resources: vaults.length === 0 ? undefined : vaults,
    eventType: "AwsApiCall",
    managementEvent: true,
    eventCategory: "Management",
    recipientAccountId: findOwner(facts),
  };
}

function describeTransfer(facts: AuditFacts): AuditEvent["additionalEventData"] {
  const { status: httpStatus, bytesIn: bytesTransferredIn, bytesOut: bytesTransferredOut } = facts;
  const bytes = { bytesTransferredIn, bytesTransferredOut };
  const transfer = httpStatus === undefined ? bytes : { httpStatus, ...bytes };
  if (facts.operation !== undefined) {
    return transfer;
  }
  const method = cutText(facts.method, TEXT_MAX_CHARACTERS);
  return { ...transfer, method, path: cutText(hideCredentials(facts.path), TEXT_MAX_CHARACTERS) };
}

/** Glacier's reads are its GETs; an unknown operation may be anything but a GET or a HEAD. */
const READ_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"] satisfies (Method | "HEAD")[]);
/** Actions of the other services come by POST, or by a link; their names tell. `certificate` is ours. */
const READ_ACTION = /^(Get|List|Describe|Receive|Explain|Check|certificate$)/;

/** Whether the request could change nothing. */
export function isReadOnly({
  service,
  operation,
  method,
}: Pick<AuditFacts, "service" | "operation" | "method">): boolean {
  return service === "glacier" || operation === undefined
    ? READ_METHODS.has(method)
    : READ_ACTION.test(operation);
}

function describeIdentity(
  principal: Principal | undefined,
  accessKeyId: string | undefined,
): AuditIdentity {
  if (principal === undefined) {
    return { type: "Unknown", accessKeyId };
  }
  return {
    type: principal.isRoot ? "Root" : "IAMUser",
    principalId: principal.userId,
    arn: principal.arn,
    accountId: principal.accountId,
    accessKeyId,
    userName: principal.userName,
  };
}

/** The account whose resources the request names, as far as the caller is known. */
function findOwner({ principal, parameters, service }: AuditFacts): string | undefined {
  const named = service === "glacier" ? textOf(parameters, "accountId") : undefined;
  return findAccountId(named ?? "") ?? principal?.accountId;
}

function listVaults(facts: AuditFacts): readonly AuditResource[] {
  const vaultName = textOf(facts.parameters, "vaultName");
  const accountId = findAccountId(findOwner(facts) ?? "");
  if (facts.service !== "glacier" || vaultName === undefined || accountId === undefined) {
    return [];
  }
  const name = cutText(vaultName, TEXT_MAX_CHARACTERS);
  const ARN = formatVaultArn({ accountId, region: facts.region, vaultName: name });
  return [{ ARN, accountId, type: "AWS::Glacier::Vault" }];
}

function textOf(parameters: object | undefined, name: string): string | undefined {
  const value = (parameters as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}

/** The bytes of a download and their source are no elements. */
function withoutBody(output: object | undefined): object | undefined {
  if (output === undefined) {
    return undefined;
  }
  const { body: _, ...elements } = output as Readonly<Record<string, unknown>>;
  return Object.keys(elements).length === 0 ? undefined : elements;
}
