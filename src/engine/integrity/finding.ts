/** What a check of the stored data finds, and how it tells. */
import type { ByteRange } from "../../domain/byte-range.ts";
import type { DamageKind } from "../../domain/damage.ts";
import type { ArchiveId, BlobId, JobId, UploadId } from "../../domain/ids.ts";
import type { VaultKey } from "../../domain/vault.ts";

export type ProblemKind = DamageKind;

export interface Problem {
  readonly kind: ProblemKind;
  /** Bytes of the archive, upload or output; it begins at a MiB. */
  readonly range: ByteRange;
  /** Where these bytes should be; `undefined` for a problem of the record. */
  readonly blobId: BlobId | undefined;
}

/** The first problems of one thing, neighbours of one kind joined. */
export interface ProblemList {
  readonly problems: readonly Problem[];
  /** How many more there are. */
  readonly omitted: number;
}

/** Archives with the sum of their sizes. */
export interface ArchiveSum {
  readonly archiveCount: number;
  readonly archiveBytes: bigint;
}

export type Finding =
  | ({
      readonly kind: "ArchiveDamaged";
      readonly vault: VaultKey;
      readonly archiveId: ArchiveId;
    } & ProblemList)
  | ({
      readonly kind: "UploadDamaged";
      readonly vault: VaultKey;
      readonly uploadId: UploadId;
    } & ProblemList)
  /** What a finished job offers: its inventory, or bytes of an archive that was deleted meanwhile. */
  | ({
      readonly kind: "OutputDamaged";
      readonly vault: VaultKey;
      readonly jobId: JobId;
      readonly archiveId: ArchiveId | undefined;
    } & ProblemList)
  | {
      readonly kind: "CountersWrong";
      readonly vault: VaultKey;
      /** The vault's own counters, or those of its last inventory. */
      readonly counters: "live" | "inventory";
      readonly recorded: ArchiveSum;
      readonly counted: ArchiveSum;
    }
  /** A blob that nothing names, and that no sweep will remove because the metadata does not know its boot. */
  | { readonly kind: "BlobUnexplained"; readonly blobId: BlobId; readonly boot: number };

/** How far a check is; at its end, all that it did. */
export interface IntegrityProgress {
  readonly vaults: number;
  readonly archives: number;
  /** Of archives, uploads and outputs. */
  readonly parts: number;
  /** Bytes read again and hashed. */
  readonly bytesHashed: number;
  /** Blobs on the storage that were looked up in the metadata. */
  readonly blobs: number;
  /** Blobs that nothing names and that the sweep will remove. */
  readonly leftovers: number;
  /** Blobs of the running boot that nothing names yet: uploads under way, or leftovers later. */
  readonly blobsUnderWay: number;
  readonly findings: number;
}

/** Who hears of it, while it happens. */
export interface IntegrityReport {
  /** Resolves when the next finding may come. */
  finding(finding: Finding): Promise<void>;
  /** Called between two steps, many times a second. */
  progress(progress: IntegrityProgress): void;
}
