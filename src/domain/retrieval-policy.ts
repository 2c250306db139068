/** The data retrieval policy of an account in a region, and what it lets start (contract §2.30, §6.1). */
import { invalidParameter, missingParameter, policyEnforced } from "./errors.ts";
import type { JobRequest } from "./job.ts";
import { BYTES_PER_HOUR_MAX, FREE_TIER_MONTH_BYTES, STANDARD_RETRIEVAL_HOURS } from "./limits.ts";

export const RETRIEVAL_STRATEGIES = ["BytesPerHour", "FreeTier", "None"] as const;

export type RetrievalPolicy =
  | { readonly strategy: "BytesPerHour"; readonly bytesPerHour: bigint }
  | { readonly strategy: "FreeTier" }
  | { readonly strategy: "None" };

/** What holds for an account that never set a policy. */
export const DEFAULT_RETRIEVAL_POLICY: RetrievalPolicy = { strategy: "None" };

/** A rule as it travels. */
interface RuleMembers {
  readonly Strategy: string | undefined;
  readonly BytesPerHour: number | bigint | undefined;
}

/**
 * The policy of a SetDataRetrievalPolicy request. Throws `MissingParameterValueException` for an absent
 * member, `InvalidParameterValueException` for a bad one or for more or less than one rule.
 */
export function parseRetrievalPolicy(
  policy: { readonly Rules: readonly RuleMembers[] | undefined } | undefined,
): RetrievalPolicy {
  if (policy === undefined) {
    throw missingParameter("Policy");
  }
  if (policy.Rules === undefined) {
    throw missingParameter("Rules");
  }
  const [rule] = policy.Rules;
  if (rule === undefined || policy.Rules.length > 1) {
    throw invalidParameter(
      `Invalid Rules: ${policy.Rules.length} rules. A data retrieval policy has exactly one.`,
    );
  }
  return parseRule(rule);
}

function parseRule({ Strategy, BytesPerHour }: RuleMembers): RetrievalPolicy {
  if (Strategy === undefined) {
    throw missingParameter("Strategy");
  }
  const strategy = RETRIEVAL_STRATEGIES.find((known) => known === Strategy);
  if (strategy === undefined) {
    throw invalidParameter(
      `Invalid Strategy: ${Strategy}. It must be one of ${RETRIEVAL_STRATEGIES.join(", ")}.`,
    );
  }
  if (strategy === "BytesPerHour") {
    return { strategy, bytesPerHour: parseBytesPerHour(BytesPerHour) };
  }
  if (BytesPerHour !== undefined) {
    throw invalidParameter(
      `Invalid BytesPerHour: ${BytesPerHour}. The strategy ${strategy} does not take it.`,
    );
  }
  return { strategy };
}

function parseBytesPerHour(value: number | bigint | undefined): bigint {
  if (value === undefined) {
    throw missingParameter("BytesPerHour");
  }
  const bytes = BigInt(value);
  if (bytes < 1n || bytes > BYTES_PER_HOUR_MAX) {
    throw invalidParameter(
      `Invalid BytesPerHour: ${value}. It must be from 1 to ${BYTES_PER_HOUR_MAX}.`,
    );
  }
  return bytes;
}

/** Bytes that the policy counts for a job: Standard retrievals of archives and queries of them count. */
export function countedBytes(request: JobRequest): number {
  if (request.kind === "InventoryRetrieval" || request.tier !== "Standard") {
    return 0;
  }
  return request.kind === "Select"
    ? request.archiveSizeBytes
    : request.range.endExclusive - request.range.start;
}

/** The hourly rate that a retrieval of `bytes` counts with, rounded up. */
export function hourlyRate(bytes: number): bigint {
  const hours = BigInt(STANDARD_RETRIEVAL_HOURS);
  return (BigInt(bytes) + hours - 1n) / hours;
}

/** What an account retrieves already in a region. */
export interface RetrievalLoad {
  /** Sum of the hourly rates of its Standard retrievals in progress. */
  readonly hourlyRate: bigint;
  /** Bytes of the Standard retrievals that it began on the UTC day of `nowMs`. */
  readonly bytesToday: bigint;
}

/** Throws `PolicyEnforcedException` when a retrieval of `bytes` would exceed the policy. */
export function checkRetrieval(
  policy: RetrievalPolicy,
  job: { readonly bytes: number; readonly load: RetrievalLoad; readonly nowMs: number },
): void {
  if (!isWithinPolicy(policy, job)) {
    throw policyEnforced();
  }
}

function isWithinPolicy(
  policy: RetrievalPolicy,
  { bytes, load, nowMs }: Parameters<typeof checkRetrieval>[1],
): boolean {
  switch (policy.strategy) {
    case "None":
      return true;
    case "BytesPerHour":
      return load.hourlyRate + hourlyRate(bytes) <= policy.bytesPerHour;
    case "FreeTier":
      // Multiplied rather than divided, so that no fraction of a byte is lost.
      return (
        (load.bytesToday + BigInt(bytes)) * daysOfMonth(nowMs) <= BigInt(FREE_TIER_MONTH_BYTES)
      );
  }
}

/** `2026-01-31`: the UTC day to which retrievals at `nowMs` count. */
export function utcDay(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

function daysOfMonth(nowMs: number): bigint {
  const date = new Date(nowMs);
  return BigInt(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate());
}
