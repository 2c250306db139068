/** Jobs as the service describes them, and finding those that can be used again. */
import type { CallOutput } from "../../../client/call-types.ts";
import { listPages } from "../../../client/paginate.ts";
import { type ByteRange, formatInclusiveRange } from "../../../domain/byte-range.ts";
import { findIsoInstant } from "../../../std/iso-time.ts";
import type { Session } from "../../session/session.ts";

export type JobState = "InProgress" | "Succeeded" | "Failed";

/** What the verbs use of a job. Instants are epoch milliseconds. */
export interface Job {
  readonly jobId: string;
  readonly kind: "archive" | "inventory" | "select";
  readonly state: JobState;
  readonly statusMessage: string | undefined;
  readonly description: string | undefined;
  readonly archiveId: string | undefined;
  readonly archiveSizeBytes: number | undefined;
  /** Retrieved bytes, inclusive as on the wire; absent for inventories. */
  readonly range: string | undefined;
  /** Of the output; absent where it has none, and until an archive's is ready. */
  readonly treeHash: string | undefined;
  readonly archiveTreeHash: string | undefined;
  readonly inventorySizeBytes: number | undefined;
  readonly inventoryFormat: string | undefined;
  readonly tier: string | undefined;
  readonly createdAtMs: number;
  readonly completedAtMs: number | undefined;
}

type Described = CallOutput<"DescribeJob">;

/** A described job, from an answer or from an item of a list. */
export function parseJob(
  described: {
    readonly [Member in keyof Described]?: Described[Member] | undefined;
  },
): Job {
  return {
    jobId: described.JobId ?? "",
    kind: kindOf(described.Action),
    state: stateOf(described.StatusCode),
    statusMessage: described.StatusMessage,
    description: described.JobDescription,
    archiveId: described.ArchiveId,
    archiveSizeBytes: numberOf(described.ArchiveSizeInBytes),
    range: described.RetrievalByteRange,
    treeHash: described.SHA256TreeHash,
    archiveTreeHash: described.ArchiveSHA256TreeHash,
    inventorySizeBytes: numberOf(described.InventorySizeInBytes),
    inventoryFormat: described.InventoryRetrievalParameters?.Format,
    tier: described.Tier,
    createdAtMs: findIsoInstant(described.CreationDate ?? "") ?? 0,
    completedAtMs: findIsoInstant(described.CompletionDate ?? ""),
  };
}

function kindOf(action: string | undefined): Job["kind"] {
  switch (action) {
    case "InventoryRetrieval":
      return "inventory";
    case "Select":
      return "select";
    default:
      return "archive";
  }
}

function stateOf(status: string | undefined): JobState {
  return status === "Succeeded" || status === "Failed" ? status : "InProgress";
}

function numberOf(value: number | bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** Asks for one job. Throws what `call` throws. */
export async function describeJob(
  session: Session,
  vaultName: string,
  jobId: string,
): Promise<Job> {
  const { call, accountId } = session;
  const { output } = await call("DescribeJob", { accountId, vaultName, jobId });
  return parseJob(output);
}

/** Every job that the service remembers, in progress and ended. Throws what `call` throws. */
export async function* listJobs(
  session: Session,
  vaultName: string,
  filter: { readonly completed?: boolean } = {},
): AsyncGenerator<Job, void> {
  const { call, accountId, signal } = session;
  const completed = filter.completed === undefined ? {} : { completed: String(filter.completed) };
  const pages = listPages(call, "ListJobs", { accountId, vaultName, ...completed }, { signal });
  for await (const { output } of pages) {
    for (const described of output.JobList ?? []) {
      yield parseJob(described);
    }
  }
}

/** Whether `job` retrieves `range` of the archive, or all of it, and has not failed. */
export function isUsable(
  job: Job,
  wanted: { readonly archiveId: string; readonly range?: ByteRange | undefined },
): boolean {
  if (job.kind !== "archive" || job.state === "Failed" || job.archiveId !== wanted.archiveId) {
    return false;
  }
  const whole = `0-${(job.archiveSizeBytes ?? 0) - 1}`;
  const asked = wanted.range === undefined ? whole : formatInclusiveRange(wanted.range);
  return job.range === asked;
}

/** The better one to use: one that has ended, the newest of them, before one in progress. */
export function preferredJob(left: Job | undefined, right: Job): Job {
  if (left === undefined || left.state !== right.state) {
    return left?.state === "Succeeded" ? left : right;
  }
  return (left.completedAtMs ?? left.createdAtMs) >= (right.completedAtMs ?? right.createdAtMs)
    ? left
    : right;
}
