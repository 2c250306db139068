/** Reads that go over everything the metadata keeps, for whoever runs the service. */
import type { Archive } from "../domain/archive.ts";
import type { JobId } from "../domain/ids.ts";
import type { InventoryPosition, JobStatus } from "../domain/job.ts";
import type { Vault } from "../domain/vault.ts";

/**
 * Pages and counts over all accounts and regions. A page reads at most `limit` rows, so that its caller can
 * let others have their turn between two of them; nothing here reads all archives at once.
 */
export interface ScanStore {
  /** Vaults by internal key, from `fromVaultId` (inclusive) on. */
  listVaults(page: {
    readonly fromVaultId: number;
    readonly limit: number;
  }): Promise<readonly Vault[]>;
  /** Every archive record of the vault, deleted ones too, by creation time, then id; `from` is inclusive. */
  listArchives(page: {
    readonly vaultId: number;
    readonly from: InventoryPosition | undefined;
    readonly limit: number;
  }): Promise<readonly Archive[]>;
  /** Multipart uploads in progress, for each vault that has some. */
  countUploads(): Promise<readonly { readonly vaultId: number; readonly count: number }[]>;
  /** Jobs that are not forgotten yet, for each vault and status that has some. */
  countJobs(): Promise<
    readonly { readonly vaultId: number; readonly status: JobStatus; readonly count: number }[]
  >;
  /** The job in progress that is due first. */
  findFirstDueJob(): Promise<
    | {
        readonly jobId: JobId;
        readonly vaultId: number;
        readonly createdAtMs: number;
        readonly dueAtMs: number;
      }
    | undefined
  >;
  /** How many manifests wait for the collector; counting stops at `max`. */
  countGarbage(max: number): Promise<number>;
}
