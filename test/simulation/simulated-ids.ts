/** Identifiers of the right form that are the same in every replay. */
import {
  ARCHIVE_ID_BYTES,
  type ArchiveId,
  type BlobId,
  CAPACITY_ID_BYTES,
  type CapacityId,
  JOB_ID_BYTES,
  type JobId,
  LOCK_ID_BYTES,
  type LockId,
  type ManifestId,
  UPLOAD_ID_BYTES,
  type UploadId,
} from "../../src/domain/ids.ts";
import type { IdSource } from "../../src/ports/id-source.ts";
import { formatBase64url } from "../../src/std/bytes.ts";

/** Numbers ids through; `counter` is shared by all processes of a simulation. */
export function createSimulatedIds(counter: { value: number }, boot: () => number): IdSource {
  const take = (): number => {
    counter.value += 1;
    return counter.value;
  };
  const numbered = (byteCount: number): string => {
    const bytes = new Uint8Array(byteCount);
    new DataView(bytes.buffer).setUint32(4, take());
    return formatBase64url(bytes);
  };
  const hex = (digits: number): string => take().toString(16).padStart(digits, "0");
  return {
    archiveId: () => numbered(ARCHIVE_ID_BYTES) as ArchiveId,
    jobId: () => numbered(JOB_ID_BYTES) as JobId,
    uploadId: () => numbered(UPLOAD_ID_BYTES) as UploadId,
    manifestId: () => hex(32) as ManifestId,
    blobId: () => `${boot().toString(16).padStart(8, "0")}${hex(24)}` as BlobId,
    lockId: () => numbered(LOCK_ID_BYTES) as LockId,
    capacityId: () => numbered(CAPACITY_ID_BYTES) as CapacityId,
    requestId: () => `request-${take()}`,
    uuid: () => `00000000-0000-4000-8000-${hex(12)}`,
  };
}
