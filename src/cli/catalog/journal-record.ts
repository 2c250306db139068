/**
 * The records of a journal: what happened to the archives of a vault, one JSON object a line (clients.md,
 * "Catalogue"; docs/format-journal.md). Unknown members and operations are kept and ignored, so that an
 * older program reads the journal of a newer one.
 */

interface Base {
  /** When it happened, epoch milliseconds. */
  readonly atMs: number;
}

/** An archive is in the vault: uploaded by us, or found in an inventory or another tool's records. */
export interface CreatedRecord extends Base {
  readonly op: "CREATED";
  readonly archiveId: string;
  /** The archive's size, which is the file's unless it is packed or encrypted. */
  readonly sizeBytes: number;
  /** Absent when an imported record has none. */
  readonly treeHash?: string | undefined;
  readonly name: string;
  /** The file's modification time, epoch milliseconds. */
  readonly modifiedAtMs?: number | undefined;
  /** The description as it is stored, unless it is the mt2 record that name and times make. */
  readonly description?: string | undefined;
  /** The multipart upload that made it: it is no longer open. */
  readonly uploadId?: string | undefined;
}

/** A file lies in a pack, an archive that holds many. */
export interface PackedRecord extends Base {
  readonly op: "PACKED";
  /** The archive that is the pack. */
  readonly packId: string;
  /** Of the file's first byte in the pack. */
  readonly offset: number;
  /** How many files the pack was made of. */
  readonly memberCount: number;
  readonly sizeBytes: number;
  /** Of the file, whose SHA-256 it is, because it has at most 1 MiB. */
  readonly treeHash: string;
  readonly name: string;
  readonly modifiedAtMs: number;
  /** Permission bits. */
  readonly mode: number;
}

/** The archive, or the file in a pack that has this `memberId`, is deleted. */
export interface DeletedRecord extends Base {
  readonly op: "DELETED";
  readonly archiveId: string;
}

/** An inventory of that instant lists an archive which the journal calls deleted: it is there after all. */
export interface FoundRecord extends Base {
  readonly op: "FOUND";
  readonly archiveId: string;
}

/** A retrieval job was started. */
export interface RetrievedRecord extends Base {
  readonly op: "RETRIEVED";
  readonly archiveId: string;
  readonly jobId: string;
}

export interface DownloadedRecord extends Base {
  readonly op: "DOWNLOADED";
  readonly archiveId: string;
}

/** A multipart upload is open; written before its first part. */
export interface UploadStartedRecord extends Base {
  readonly op: "UPLOAD_STARTED";
  readonly uploadId: string;
  readonly name: string;
  readonly partSizeBytes: number;
  /** Absolute path of the file; absent for standard input. */
  readonly path?: string | undefined;
  /** Of the file, when it was started; absent for standard input. */
  readonly sizeBytes?: number | undefined;
  readonly modifiedAtMs?: number | undefined;
}

/** A multipart upload was aborted, or the service no longer knows it. */
export interface UploadEndedRecord extends Base {
  readonly op: "UPLOAD_ENDED";
  readonly uploadId: string;
}

export type JournalRecord =
  | CreatedRecord
  | PackedRecord
  | DeletedRecord
  | FoundRecord
  | RetrievedRecord
  | DownloadedRecord
  | UploadStartedRecord
  | UploadEndedRecord;
