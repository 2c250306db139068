/**
 * The tables as queries see them. Identifiers and hashes are byte strings (`columns.ts` converts them),
 * instants are epoch milliseconds, sizes are bytes.
 */
import type { ColumnType, Generated, Kysely } from "kysely";
import type { JobKind, JobStatus } from "../../domain/job.ts";
import type { MultipartUpload } from "../../domain/multipart-upload.ts";
import type { Capabilities } from "./capabilities.ts";

/** What every query needs: the connection it runs on and what the database can do. */
export interface SqlContext {
  readonly db: Kysely<Tables>;
  readonly capabilities: Capabilities;
}

export interface Tables {
  readonly vaults: VaultsTable;
  readonly deleted_vaults: DeletedVaultsTable;
  readonly removed_vaults: RemovedVaultsTable;
  readonly archives: ArchivesTable;
  readonly manifest_parts: ManifestPartsTable;
  readonly garbage_manifests: GarbageManifestsTable;
  readonly pins: PinsTable;
  readonly uploads: UploadsTable;
  readonly jobs: JobsTable;
  readonly boots: BootsTable;
}

/**
 * A 64-bit sum: written as `bigint`, because SQLite adds a bound JavaScript number as a double, and read
 * through a cast to text, because drivers read integers beyond 2^53 in different ways or not at all.
 */
type ExactSum = ColumnType<never, bigint, bigint>;

export interface VaultsTable {
  vault_id: Generated<number>;
  account_id: string;
  region: string;
  vault_name: string;
  created_at_ms: number;
  archive_count: number;
  archive_bytes: ExactSum;
  change_sequence: number;
  inventory_taken_at_ms: number | null;
  inventory_change_sequence: number | null;
  inventory_archive_count: number | null;
  inventory_archive_bytes: ColumnType<never, bigint | null, bigint | null>;
  inventory_due_at_ms: number | null;
  /** JSON: an array of [key, value] pairs, which keeps the order in which keys were added. */
  tags: string;
}

/** Keys of vaults that once existed. */
interface DeletedVaultsTable {
  account_id: string;
  region: string;
  vault_name: string;
}

/** Vaults that are gone while some of their archive records may be left. */
interface RemovedVaultsTable {
  vault_id: number;
}

export interface ArchivesTable {
  archive_id: Uint8Array;
  vault_id: number;
  created_at_ms: number;
  created_sequence: number;
  deleted_sequence: number | null;
  size_bytes: number;
  manifest_id: Uint8Array;
  tree_hash: Uint8Array;
  sha256: Uint8Array | null;
  description: string | null;
}

export interface ManifestPartsTable {
  manifest_id: Uint8Array;
  start_bytes: number;
  size_bytes: number;
  blob_id: Uint8Array;
  tree_hash: Uint8Array;
  /** Last, so that reads of the other columns never touch its overflow pages. */
  leaves: Uint8Array;
}

interface GarbageManifestsTable {
  manifest_id: Uint8Array;
}

interface PinsTable {
  manifest_id: Uint8Array;
  job_id: Uint8Array;
}

export interface UploadsTable {
  upload_id: Uint8Array;
  vault_id: number;
  manifest_id: Uint8Array;
  part_size_bytes: number;
  description: string | null;
  created_at_ms: number;
  last_activity_at_ms: number;
  state: MultipartUpload["state"];
  ended_at_ms: number | null;
  archive_id: Uint8Array | null;
  archive_size_bytes: number | null;
  tree_hash: Uint8Array | null;
}

export interface JobsTable {
  job_id: Uint8Array;
  vault_id: number;
  kind: JobKind;
  status: JobStatus;
  created_at_ms: number;
  due_at_ms: number;
  /** The later of due time and lease end; null once the job ended. */
  claimable_at_ms: number | null;
  lease_owner: string | null;
  description: string | null;
  sns_topic: string | null;
  /** JSON, see `queries/job-documents.ts`. */
  request: string;
  completed_at_ms: number | null;
  expires_at_ms: number | null;
  output_manifest_id: Uint8Array | null;
  /** JSON, see `queries/job-documents.ts`. */
  output: string | null;
  failure_message: string | null;
}

interface BootsTable {
  boot: number;
  started_at_ms: number;
}
