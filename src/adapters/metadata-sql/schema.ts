/**
 * The tables as queries see them. Identifiers and hashes are byte strings (`columns.ts` converts them),
 * instants are epoch milliseconds, sizes are bytes.
 */
import type { ColumnType, CompiledQuery, Generated, Kysely, QueryResult } from "kysely";
import type { DamageKind } from "../../domain/damage.ts";
import type { AccessKeyStatus } from "../../domain/identity.ts";
import type { JobKind, JobStatus } from "../../domain/job.ts";
import type { MultipartUpload } from "../../domain/multipart-upload.ts";
import type { RetrievalPolicy } from "../../domain/retrieval-policy.ts";
import type { RetrievalTier } from "../../domain/retrieval-tier.ts";
import type { VaultLock } from "../../domain/vault-lock.ts";
import type { WalkName } from "../../ports/scrub-store.ts";
import type { TextCipher } from "../../ports/text-cipher.ts";
import type { Capabilities } from "./capabilities.ts";
import type { TopicTables } from "./topic-tables.ts";

/** What every query needs: the connection it runs on and what the database can do. */
export interface SqlContext {
  readonly db: Kysely<Tables>;
  /** Runs a query that was compiled before, on the same connection. */
  readonly execute: ExecuteQuery;
  readonly capabilities: Capabilities;
  /** Seals descriptions and what jobs ask for. */
  readonly texts: TextCipher;
}

export type ExecuteQuery = <Row>(
  query: Pick<CompiledQuery, "sql" | "parameters">,
) => Promise<QueryResult<Row>>;

export interface Tables extends TopicTables {
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
  readonly accounts: AccountsTable;
  readonly users: UsersTable;
  readonly access_keys: AccessKeysTable;
  readonly user_policies: UserPoliciesTable;
  readonly sealed_checks: SealedChecksTable;
  readonly retrieval_policies: RetrievalPoliciesTable;
  readonly retrieval_usage: RetrievalUsageTable;
  readonly capacity_units: CapacityUnitsTable;
  readonly walks: WalksTable;
  readonly damages: DamagesTable;
  readonly small_blobs: SmallBlobsTable;
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
  access_policy: string | null;
  lock_state: VaultLock["state"] | null;
  lock_id: string | null;
  lock_policy: string | null;
  lock_created_at_ms: number | null;
  lock_expires_at_ms: number | null;
  /** JSON of the domain's notification configuration. */
  notification: string | null;
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
  /** Of an archive retrieval, as its request says. */
  retrieval_tier: RetrievalTier | null;
  /** Of a Standard archive retrieval, for sums over many jobs. */
  hourly_rate: ColumnType<never, bigint | null, never>;
}

interface BootsTable {
  boot: number;
  started_at_ms: number;
}

interface RetrievalPoliciesTable {
  account_id: string;
  region: string;
  strategy: RetrievalPolicy["strategy"];
  bytes_per_hour: ColumnType<never, bigint | null, bigint | null>;
}

/** Bytes of Standard retrievals begun on a day. */
interface RetrievalUsageTable {
  account_id: string;
  region: string;
  /** `2026-01-31`, in UTC. */
  day: string;
  bytes: ExactSum;
}

interface CapacityUnitsTable {
  capacity_id: string;
  account_id: string;
  start_ms: number;
  expires_at_ms: number;
}

interface WalksTable {
  walk_name: WalkName;
  /** The mirror that is filled; empty for the scrub. */
  target: string;
  pass: number;
  started_at_ms: number;
  /** The last blob that is done. */
  position: Uint8Array | null;
  ended_at_ms: number | null;
  previous_started_at_ms: number | null;
}

export interface DamagesTable {
  damage_id: Generated<number>;
  archive_id: Uint8Array;
  blob_id: Uint8Array;
  kind: DamageKind;
  start_bytes: number;
  end_bytes: number;
  first_seen_at_ms: number;
  last_seen_at_ms: number;
  repaired_at_ms: number | null;
}

interface SmallBlobsTable {
  blob_id: Uint8Array;
  /** As a file of the blob would hold them. */
  bytes: Uint8Array;
}

interface AccountsTable {
  account_id: string;
  created_at_ms: number;
}

export interface UsersTable {
  user_id: string;
  account_id: string;
  user_name: string;
  /** The name in lower case; unique in the account. */
  folded_name: string;
  path: string;
  created_at_ms: number;
}

export interface AccessKeysTable {
  access_key_id: string;
  account_id: string;
  /** Null for a key of the account's root. */
  user_id: string | null;
  status: AccessKeyStatus;
  created_at_ms: number;
  sealed_secret: Uint8Array;
}

interface UserPoliciesTable {
  user_id: string;
  policy_name: string;
  document: string;
}

/** At most one row: a known text, sealed as the secrets are. */
interface SealedChecksTable {
  check_id: number;
  sealed: Uint8Array;
}
