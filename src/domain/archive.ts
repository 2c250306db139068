/** An archive: immutable bytes with a description, and the parts (blobs) they are stored in. */
import type { ArchiveId, BlobId, ManifestId } from "./ids.ts";

/** Lower-case hex of a SHA-256 or of a tree hash: 64 digits. */
export type HashHex = string;

export interface Archive {
  readonly archiveId: ArchiveId;
  readonly vaultId: number;
  readonly createdAtMs: number;
  readonly createdSequence: number;
  readonly sizeBytes: number;
  readonly treeHash: HashHex;
  /** Linear SHA-256; known only for archives uploaded in one request. */
  readonly sha256: HashHex | undefined;
  readonly description: string | undefined;
  readonly manifestId: ManifestId;
  /** Set once the archive was deleted; the record stays so that a repeated delete is recognised. */
  readonly deletedSequence: number | undefined;
}

/** What an inventory tells of an archive. */
export type SnapshotArchive = Pick<
  Archive,
  "archiveId" | "createdAtMs" | "sizeBytes" | "treeHash" | "description"
>;

/** One contiguous piece of an archive, an upload or an output, stored as one blob. */
export interface ManifestPart {
  /** Offset of the part's first byte in the whole; a multiple of 1 MiB. */
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly treeHash: HashHex;
  readonly blobId: BlobId;
  /** SHA-256 of each MiB of the part, 32 bytes each, in order. */
  readonly leaves: Uint8Array;
}

/** A part without its leaves, for lists. */
export type ManifestPartSummary = Omit<ManifestPart, "leaves">;
