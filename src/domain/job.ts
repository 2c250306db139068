/** Jobs: what InitiateJob starts, DescribeJob tells and the engine runs (contract §4). */
import type { HashHex } from "./archive.ts";
import type { ByteRange } from "./byte-range.ts";
import type { ArchiveId, JobId, ManifestId } from "./ids.ts";
import type { InventorySnapshot } from "./inventory-snapshot.ts";
import type { OutputLocation } from "./output-location.ts";
import type { RetrievalTier } from "./retrieval-tier.ts";
import type { SelectParameters } from "./select-parameters.ts";

/** Where a walk through a ranged inventory continues: the first archive not yet returned. */
export interface InventoryPosition {
  readonly createdAtMs: number;
  readonly archiveId: ArchiveId;
}

export interface ArchiveRetrievalRequest {
  readonly kind: "ArchiveRetrieval";
  readonly archiveId: ArchiveId;
  readonly archiveSizeBytes: number;
  readonly archiveTreeHash: HashHex;
  readonly archiveDescription: string | undefined;
  readonly tier: RetrievalTier;
  readonly range: ByteRange;
  /** Whether the client named the range; a whole archive by default shows its hash earlier (contract §8.15). */
  readonly rangeGiven: boolean;
}

export type InventoryFormat = "JSON" | "CSV";

export interface InventoryRetrievalRequest {
  readonly kind: "InventoryRetrieval";
  readonly format: InventoryFormat;
  readonly snapshot: InventorySnapshot;
  /** Instants for the filter and the client's own texts for the echo. */
  readonly startDate: { readonly text: string; readonly atMs: number } | undefined;
  readonly endDate: { readonly text: string; readonly atMs: number } | undefined;
  readonly limit: number | undefined;
  readonly position: InventoryPosition | undefined;
}

/** A query over the whole of an archive, whose results go to a bucket (contract §4.7). */
export interface SelectRequest {
  readonly kind: "Select";
  readonly archiveId: ArchiveId;
  readonly archiveSizeBytes: number;
  readonly tier: RetrievalTier;
  readonly parameters: SelectParameters;
  readonly location: OutputLocation;
}

export type JobRequest = ArchiveRetrievalRequest | InventoryRetrievalRequest | SelectRequest;
export type JobKind = JobRequest["kind"];
export const JOB_KINDS = [
  "ArchiveRetrieval",
  "InventoryRetrieval",
  "Select",
] as const satisfies readonly JobKind[];

interface JobFacts {
  readonly jobId: JobId;
  readonly vaultId: number;
  readonly createdAtMs: number;
  /** The job does not run before this instant: creation plus the tier's delay. */
  readonly dueAtMs: number;
  readonly description: string | undefined;
  readonly snsTopic: string | undefined;
  readonly request: JobRequest;
}

export interface JobInProgress extends JobFacts {
  readonly status: "InProgress";
}

/** What a succeeded job offers for download. */
export interface JobOutput {
  /** For an archive the archive's own manifest (pinned), for an inventory one of the job's own. */
  readonly manifestId: ManifestId;
  /** The bytes of the manifest that are the output. */
  readonly range: ByteRange;
  /** Tree hash of exactly these bytes when they are tree-hash aligned in the archive, else `undefined`. */
  readonly treeHash: HashHex | undefined;
  /** Where the next ranged inventory continues; `undefined` when nothing is left. */
  readonly nextPosition: InventoryPosition | undefined;
}

export interface JobSucceeded extends JobFacts {
  readonly status: "Succeeded";
  readonly completedAtMs: number;
  readonly expiresAtMs: number;
  /** `undefined` for a select job, whose output lies in its bucket. */
  readonly output: JobOutput | undefined;
}

export interface JobFailed extends JobFacts {
  readonly status: "Failed";
  readonly completedAtMs: number;
  readonly expiresAtMs: number;
  readonly message: string;
}

export type Job = JobInProgress | JobSucceeded | JobFailed;
export type JobStatus = Job["status"];

/** How a job ended, before the store stamps it. */
export type JobOutcome =
  | { readonly status: "Succeeded"; readonly output: JobOutput | undefined }
  | { readonly status: "Failed"; readonly message: string };
