/** What the job engine is given, and its claim on one job while it runs it. */
import type { BlobId } from "../../domain/ids.ts";
import type { JobFailed, JobInProgress, JobKind, JobSucceeded } from "../../domain/job.ts";
import type { Vault } from "../../domain/vault.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/id-source.ts";
import type { InventoryRunner } from "../../ports/inventory-runner.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { ResultStore } from "../../ports/result-store.ts";
import type { SelectRunner } from "../../ports/select-runner.ts";
import type { Sha256, Sha256Aside } from "../../std/hasher.ts";
import type { Lease } from "./lease.ts";

export interface JobSettings {
  /** How long an ended job and its output are kept. */
  readonly jobRetentionMs: number;
  /**
   * How long a claim holds without renewal, and so how long a job of a crashed process waits. A running
   * job renews it every third of this time, at the latest after reading 64 MiB.
   */
  readonly leaseMs: number;
  /** The jobs that this engine runs; those of other kinds are left to other engines. */
  readonly kinds: readonly JobKind[];
  /** How many jobs run at once. */
  readonly concurrency: number;
}

export interface JobServices {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly results: ResultStore;
  readonly selectRunner: SelectRunner;
  /** Lists large vaults off the event loop; without it all are listed on it. */
  readonly inventoryRunner?: InventoryRunner;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sha256: Sha256;
  /** For a MiB after another of an archive: requests are answered meanwhile. */
  readonly sha256Aside: Sha256Aside;
  readonly settings: JobSettings;
  /** Told of a blob that a job met damage in, so that it is looked at and recorded. */
  readonly suspect?: (blobId: BlobId) => void;
  /** The vault's ARN, as inventories show it. */
  readonly describeVaultArn: (vault: Vault) => string;
  /** What topics are told of an ended job: its description as JSON (contract §5). */
  readonly describeJob: (vault: Vault, job: JobSucceeded | JobFailed) => string;
  /** Tells the dispatcher of notifications that a job has ended. */
  readonly wakeDispatcher: () => void;
}

/** A job together with this process's lease on it. */
export interface ClaimedJob {
  readonly job: JobInProgress;
  readonly lease: Lease;
}
