/** The rules for what InitiateJob is given (contract §2.26, §4.4, §4.5). */
import { findIsoInstant } from "../std/iso-time.ts";
import { type ByteRange, findInclusiveRange } from "./byte-range.ts";
import { findClampedWholeNumber } from "./decimal.ts";
import { invalidParameter, missingParameter } from "./errors.ts";
import type { InventoryFormat, InventoryRetrievalRequest } from "./job.ts";
import { isMegabyteAligned } from "./tree-hash.ts";

export const JOB_TYPES = ["archive-retrieval", "inventory-retrieval", "select"] as const;
export type JobType = (typeof JOB_TYPES)[number];

/** Throws `MissingParameterValueException` when absent, `InvalidParameterValueException` when unknown. */
export function parseJobType(text: string | undefined): JobType {
  if (text === undefined) {
    throw missingParameter("Type");
  }
  const type = JOB_TYPES.find((known) => known === text);
  if (type === undefined) {
    throw invalidParameter(`Invalid job type: ${text}. It must be one of ${JOB_TYPES.join(", ")}.`);
  }
  return type;
}

/**
 * Refuses members that jobs of this type do not take, with `InvalidParameterValueException` naming the
 * first of `members` that is present.
 */
export function refuseMembers(type: JobType, members: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) {
      throw invalidParameter(`Invalid ${name}: jobs of type ${type} do not take it.`);
    }
  }
}

/** The format of an inventory, JSON when absent. Throws `InvalidParameterValueException`. */
export function parseInventoryFormat(text: string | undefined): InventoryFormat {
  switch (text) {
    case undefined:
    case "JSON":
      return "JSON";
    case "CSV":
      return "CSV";
    default:
      throw invalidParameter(`Invalid Format: ${text}. It must be JSON or CSV.`);
  }
}

/** What selects the archives of a ranged inventory, but for the place where it continues. */
export type InventoryFilter = Pick<InventoryRetrievalRequest, "startDate" | "endDate" | "limit">;

/**
 * Dates are ISO 8601 with seconds, and the start is before the end; the limit is a whole number of at
 * least 1 without an upper bound. Throws `InvalidParameterValueException`.
 */
export function parseInventoryFilter(
  parameters: { readonly [K in "StartDate" | "EndDate" | "Limit"]: string | undefined } | undefined,
): InventoryFilter {
  const startDate = parseInventoryDate("StartDate", parameters?.StartDate);
  const endDate = parseInventoryDate("EndDate", parameters?.EndDate);
  if (startDate !== undefined && endDate !== undefined && startDate.atMs >= endDate.atMs) {
    throw invalidParameter(
      `Invalid StartDate: ${startDate.text}. It must be before the EndDate, ${endDate.text}.`,
    );
  }
  return { startDate, endDate, limit: parseInventoryLimit(parameters?.Limit) };
}

function parseInventoryDate(name: string, text: string | undefined) {
  if (text === undefined) {
    return undefined;
  }
  const atMs = findIsoInstant(text);
  if (atMs === undefined) {
    throw invalidParameter(
      `Invalid ${name}: ${text}. It must be an ISO 8601 date such as 2013-03-20T17:03:43Z.`,
    );
  }
  return { text, atMs };
}

function parseInventoryLimit(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  // A limit beyond 2^53-1 is legal and no vault reaches it, so the nearest exact number serves as well.
  const limit = findClampedWholeNumber(text, Number.MAX_SAFE_INTEGER);
  if (limit === undefined || limit < 1) {
    throw invalidParameter(`Invalid Limit: ${text}. It must be a whole number of at least 1.`);
  }
  return limit;
}

/**
 * The `RetrievalByteRange` of a job on an archive of this size: `<start>-<end>`, both inclusive, within
 * the archive, from one MiB boundary to another or to the archive's end (contract §4.5). Throws
 * `InvalidParameterValueException`.
 */
export function parseRetrievalByteRange(text: string, archiveSizeBytes: number): ByteRange {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const range = findInclusiveRange(match?.[1], match?.[2]);
  if (range === undefined) {
    throw invalidRetrievalRange(text, "It must have the form <start>-<end> with start <= end.");
  }
  if (range.endExclusive > archiveSizeBytes) {
    throw invalidRetrievalRange(text, `The last byte of the archive is ${archiveSizeBytes - 1}.`);
  }
  if (!isMegabyteAligned(range, archiveSizeBytes)) {
    throw invalidRetrievalRange(
      text,
      "It must start at a multiple of 1048576 and end right before one or at the end of the archive.",
    );
  }
  return range;
}

function invalidRetrievalRange(text: string, rule: string) {
  return invalidParameter(`Invalid RetrievalByteRange: ${text}. ${rule}`);
}
