import type {
  ArchiveId,
  BlobId,
  CapacityId,
  JobId,
  LockId,
  ManifestId,
  UploadId,
} from "../domain/ids.ts";

/**
 * Makes identifiers nobody can guess and nobody has had before (contract §1.8). Archive, job and upload ids
 * begin with a prefix that grows with time, also when the clock jumps backwards, so that they insert at the end of an
 * index and sort by creation; they never begin with `-` (contract §0 G).
 */
export interface IdSource {
  archiveId(): ArchiveId;
  jobId(): JobId;
  uploadId(): UploadId;
  manifestId(): ManifestId;
  /** Carries the number of the current boot; see docs/format.md. */
  blobId(): BlobId;
  /** 24 characters of randomness alone, as `capacityId`. */
  lockId(): LockId;
  capacityId(): CapacityId;
  /** 47 characters, for `x-amzn-RequestId`. */
  requestId(): string;
  /** A random UUID, for messages and subscriptions of topics. */
  uuid(): string;
}
