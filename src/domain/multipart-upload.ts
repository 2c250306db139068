/** A multipart upload: parts gathered under an id until they are completed into an archive. */
import type { HashHex } from "./archive.ts";
import type { ArchiveId, ManifestId, UploadId } from "./ids.ts";

interface UploadFacts {
  readonly uploadId: UploadId;
  readonly vaultId: number;
  readonly manifestId: ManifestId;
  readonly partSizeBytes: number;
  readonly description: string | undefined;
  readonly createdAtMs: number;
  readonly lastActivityAtMs: number;
}

export interface UploadInProgress extends UploadFacts {
  readonly state: "InProgress";
}

/** Remembered for a while so that a repeated CompleteMultipartUpload gets the same answer. */
export interface UploadCompleted extends UploadFacts {
  readonly state: "Completed";
  readonly endedAtMs: number;
  readonly archiveId: ArchiveId;
  readonly archiveSizeBytes: number;
  readonly treeHash: HashHex;
}

/** Remembered for a while so that a repeated AbortMultipartUpload succeeds. Expired uploads are aborted ones. */
export interface UploadAborted extends UploadFacts {
  readonly state: "Aborted";
  readonly endedAtMs: number;
}

export type MultipartUpload = UploadInProgress | UploadCompleted | UploadAborted;
