/**
 * The metadata: vaults, archives, manifests, uploads, jobs, boots, identities. One port per noun, joined in a session.
 *
 * Every call outside `transaction` is atomic by itself and reads committed data. Inside, all calls see
 * one consistent state and take effect together, durably, before `transaction` resolves; when the
 * function throws, nothing happened and the error is rethrown. The function may be run again from the
 * start after a conflict, so it holds no effects but calls to its session. Transactions of one process
 * must not be nested. Errors of the database itself surface as they are, with their `code`.
 */
import type {
  Archive,
  ManifestPart,
  ManifestPartSummary,
  SnapshotArchive,
} from "../domain/archive.ts";
import type { ByteRange } from "../domain/byte-range.ts";
import type { AccountId, ArchiveId, BlobId, JobId, ManifestId, UploadId } from "../domain/ids.ts";
import type { InventorySnapshot } from "../domain/inventory-snapshot.ts";
import type {
  InventoryPosition,
  Job,
  JobInProgress,
  JobKind,
  JobOutcome,
  JobStatus,
} from "../domain/job.ts";
import type {
  MultipartUpload,
  UploadAborted,
  UploadCompleted,
  UploadInProgress,
} from "../domain/multipart-upload.ts";
import type { NotificationConfiguration } from "../domain/notification-configuration.ts";
import type { Tags, Vault, VaultKey, VaultName } from "../domain/vault.ts";
import type { VaultLock } from "../domain/vault-lock.ts";
import type { CapacityStore } from "./capacity-store.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { IdentityStore } from "./identity-store.ts";
import type { OutboxStore } from "./outbox-store.ts";
import type { QueueStore } from "./queue-store.ts";
import type { RetrievalStore } from "./retrieval-store.ts";
import type { ScanStore } from "./scan-store.ts";
import type { DamageStore, ScrubStore } from "./scrub-store.ts";
import type { SealedStore } from "./sealed-store.ts";
import type { SmallArchiveStore } from "./small-archives.ts";
import type { SmallBlobStore } from "./small-blobs.ts";
import type { SubscriptionStore, TopicStore } from "./topic-store.ts";

export interface MetadataSession {
  readonly vaults: VaultStore;
  readonly archives: ArchiveStore;
  readonly manifests: ManifestStore;
  readonly uploads: UploadStore;
  readonly jobs: JobStore;
  readonly boots: BootStore;
  readonly retrievals: RetrievalStore;
  readonly capacity: CapacityStore;
  readonly identities: IdentityStore;
  readonly outbox: OutboxStore;
  readonly topics: TopicStore;
  readonly subscriptions: SubscriptionStore;
  readonly deliveries: DeliveryStore;
  readonly queues: QueueStore;
  readonly scans: ScanStore;
  readonly scrub: ScrubStore;
  readonly damages: DamageStore;
  readonly sealed: SealedStore;
  readonly smallBlobs: SmallBlobStore;
}

export interface MetadataStore extends MetadataSession {
  /** Not for transactions: each addition is one. */
  readonly smallArchives: SmallArchiveStore;
  transaction<T>(run: (session: MetadataSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface VaultStore {
  find(key: VaultKey): Promise<Vault | undefined>;
  /** The vault, locked against other transactions until this one ends; only inside a transaction. */
  lock(vaultId: number): Promise<Vault | undefined>;
  /** Adds a vault with no archives, tags or inventory; the key must be free (lock or unique index decides). */
  insert(vault: VaultKey & { readonly createdAtMs: number }): Promise<Vault>;
  count(owner: { readonly accountId: AccountId; readonly region: string }): Promise<number>;
  /** In ASCII order of names, from `fromName` (inclusive) on. */
  listPage(page: {
    readonly accountId: AccountId;
    readonly region: string;
    readonly fromName: VaultName | undefined;
    readonly limit: number;
  }): Promise<readonly Vault[]>;
  /** The vault by its internal key, wherever it lives. */
  get(vaultId: number): Promise<Vault | undefined>;
  /**
   * Removes the vault with its tags, jobs, uploads and archive records; every manifest that only they held
   * becomes garbage, pins of its jobs end, and its key is remembered for `wasDeleted`.
   */
  remove(vaultId: number): Promise<void>;
  /**
   * `remove` hides a vault's archive records at once but leaves them stored, for there may be millions. This
   * forgets up to `limit` records of removed vaults (live archives' manifests become garbage) and returns
   * how many; below `limit` when nothing is left.
   */
  purgeRemovedVaults(limit: number): Promise<number>;
  /** Whether the account once had a vault of this name here and deleted it. */
  wasDeleted(key: VaultKey): Promise<boolean>;
  setTags(vaultId: number, tags: Tags): Promise<void>;
  /** Replaces the access policy, or takes it away. */
  setAccessPolicy(vaultId: number, policy: string | undefined): Promise<void>;
  /**
   * Replaces the lock, or takes it away; only inside a transaction that locked the vault. Throws
   * `AssertionError` when the vault is gone or its lock is `Locked`: no call undoes that.
   */
  setLock(vaultId: number, lock: VaultLock | undefined): Promise<void>;
  /** Replaces the notification configuration, or takes it away. */
  setNotification(
    vaultId: number,
    notification: NotificationConfiguration | undefined,
  ): Promise<void>;
  /** Adds to the live counters and to the change sequence, which it returns; only inside a transaction. */
  countChange(
    vaultId: number,
    change: {
      readonly archiveCount: 1 | -1;
      readonly archiveBytes: number;
      /** Becomes the due time of the next inventory unless one is due already; `undefined` in live mode. */
      readonly inventoryDueAtMs: number | undefined;
    },
  ): Promise<number>;
  /** Stores the last inventory and when the next is due. */
  setInventory(
    vaultId: number,
    snapshot: InventorySnapshot,
    inventoryDueAtMs: number | undefined,
  ): Promise<void>;
  /**
   * Makes an inventory due at `dueAtMs` for every vault that changed since its last one and has none due:
   * vaults that were written in live mode. Returns how many.
   */
  scheduleInventories(dueAtMs: number): Promise<number>;
  /** Vaults whose inventory is due, oldest first. */
  listInventoryDue(nowMs: number, limit: number): Promise<readonly Vault[]>;
}

export interface ArchiveStore {
  /** Adds an archive; its manifest's parts must be stored in the same transaction or earlier. */
  insert(archive: Omit<Archive, "deletedSequence">): Promise<void>;
  /** The archive, deleted ones included. */
  find(archiveId: ArchiveId): Promise<Archive | undefined>;
  /**
   * Marks a live archive deleted; its manifest becomes garbage, records of its damage are forgotten. Only inside a
   * transaction that locked the vault and found the archive live.
   */
  markDeleted(archiveId: ArchiveId, deletedSequence: number): Promise<void>;
  /**
   * Archives of a snapshot in order of creation time, then id; `from` is inclusive. An archive belongs to
   * the snapshot when it was created at or before the sequence and not deleted at or before it.
   */
  listSnapshotPage(page: {
    readonly vaultId: number;
    readonly changeSequence: number;
    readonly createdFromMs: number | undefined;
    readonly createdBeforeMs: number | undefined;
    readonly from: InventoryPosition | undefined;
    readonly limit: number;
  }): Promise<readonly SnapshotArchive[]>;
}

export interface ManifestStore {
  /**
   * Stores a part, replacing one with the same start: the replaced blob moves to a garbage manifest
   * `displacedTo`. Last call wins.
   */
  putPart(manifestId: ManifestId, part: ManifestPart, displacedTo: ManifestId): Promise<void>;
  /** Parts from `fromStartBytes` on, in order. */
  listPartsPage(page: {
    readonly manifestId: ManifestId;
    readonly fromStartBytes: number;
    readonly limit: number;
  }): Promise<readonly ManifestPartSummary[]>;
  /** How many parts there are, and the end of the one that reaches furthest (0 when none). */
  summarize(manifestId: ManifestId): Promise<{
    readonly partCount: number;
    readonly totalBytes: number;
    readonly endBytes: number;
  }>;
  /** The parts that overlap `range`, in order, with their leaves. `limit` bounds the page. */
  listPartsInRange(
    manifestId: ManifestId,
    range: ByteRange,
    limit: number,
  ): Promise<readonly ManifestPart[]>;
  /** Makes the manifest garbage: its blobs are removed once no pin holds it. Twice is once. */
  discard(manifestId: ManifestId): Promise<void>;
  /** A job's hold on a manifest: garbage or not, its blobs stay until the job is removed. */
  pin(manifestId: ManifestId, jobId: JobId): Promise<void>;
  /** Manifests that are garbage and not pinned. */
  listCollectable(limit: number): Promise<readonly ManifestId[]>;
  /** Forgets a garbage manifest and its parts, after their blobs were removed; those that are rows go with them. */
  remove(manifestId: ManifestId): Promise<void>;
  /** Those of `blobIds` that some part refers to. */
  findKnownBlobs(blobIds: readonly BlobId[]): Promise<ReadonlySet<BlobId>>;
}

export interface UploadStore {
  insert(upload: UploadInProgress): Promise<void>;
  find(uploadId: UploadId): Promise<MultipartUpload | undefined>;
  /** Like `find`, locked until the transaction ends; only inside a transaction. */
  lock(uploadId: UploadId): Promise<MultipartUpload | undefined>;
  /** Uploads in progress, oldest first (by id), from `from` (inclusive) on. */
  listPage(page: {
    readonly vaultId: number;
    readonly from: UploadId | undefined;
    readonly limit: number;
  }): Promise<readonly UploadInProgress[]>;
  touch(uploadId: UploadId, lastActivityAtMs: number): Promise<void>;
  /** Ends an upload in progress; an aborted one's manifest becomes garbage. */
  end(upload: UploadCompleted | UploadAborted): Promise<void>;
  /** Uploads in progress without activity since `beforeMs`. */
  listIdle(beforeMs: number, limit: number): Promise<readonly UploadInProgress[]>;
  /** Forgets uploads that ended before `beforeMs`; returns how many. */
  forgetEnded(beforeMs: number): Promise<number>;
}

export interface JobStore {
  insert(job: JobInProgress): Promise<void>;
  find(jobId: JobId): Promise<Job | undefined>;
  /** Newest first (by id), from `from` (inclusive) on. */
  listPage(page: {
    readonly vaultId: number;
    readonly status: JobStatus | undefined;
    readonly completed: boolean | undefined;
    readonly from: JobId | undefined;
    readonly limit: number;
  }): Promise<readonly Job[]>;
  /**
   * Jobs in progress, of one of `kinds` (any unless given), due and not leased to anybody else, now leased to
   * `lease.owner`; earliest due first.
   */
  claimDue(
    nowMs: number,
    lease: JobLease,
    limit: number,
    kinds?: readonly JobKind[],
  ): Promise<readonly JobInProgress[]>;
  /** Extends the lease; false when the job is no longer leased to this owner (another worker has it). */
  renewLease(jobId: JobId, lease: JobLease): Promise<boolean>;
  /**
   * Ends the job if it is in progress and leased to `owner`; false otherwise, and then nothing changed.
   * The completion time is stored once and never changes.
   */
  finish(
    jobId: JobId,
    owner: string,
    end: {
      readonly completedAtMs: number;
      readonly expiresAtMs: number;
      readonly outcome: JobOutcome;
    },
  ): Promise<boolean>;
  /**
   * Ends every lease, so that the jobs can be claimed at once. Only for a process that owns the store alone,
   * before it claims anything: whoever held a lease is dead. Returns how many jobs it freed.
   */
  releaseLeases(): Promise<number>;
  /**
   * When the next job in progress of one of `kinds` (any unless given) may be claimed: the least of due times and
   * lease ends; `undefined` when none.
   */
  nextClaimableAtMs(kinds?: readonly JobKind[]): Promise<number | undefined>;
  /** Ended jobs whose time is over. */
  listExpired(nowMs: number, limit: number): Promise<readonly Job[]>;
  /** Forgets a job with its pins; an inventory's own output manifest becomes garbage. */
  remove(jobId: JobId): Promise<void>;
}

/** A worker's timed claim on a job. */
export interface JobLease {
  readonly owner: string;
  readonly untilMs: number;
}

/** The boots (process starts) that this metadata knows of; blobs of unknown boots are never swept. */
export interface BootStore {
  insert(boot: number, startedAtMs: number): Promise<void>;
  list(): Promise<ReadonlySet<number>>;
}
