/** A multipart upload: parts gathered under an id until they are completed into an archive. */
import { concatBytes, findHexBytes } from "../std/bytes.ts";
import type { Sha256 } from "../std/hasher.ts";
import type { HashHex, ManifestPartSummary } from "./archive.ts";
import { type ByteRange, formatInclusiveRange, rangeLength } from "./byte-range.ts";
import { findWholeNumber } from "./decimal.ts";
import { invalidParameter } from "./errors.ts";
import { invalidTreeHash } from "./hash-hex.ts";
import type { ArchiveId, ManifestId, UploadId } from "./ids.ts";
import { PARTS_MAX } from "./limits.ts";
import { treeHashOfNodes } from "./tree-hash.ts";

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

/**
 * Whether a part may lie at `range` of an upload with this part size: it starts at a multiple of it, is
 * not longer, and is not number 10 001. A shorter part may lie anywhere, since only completion can tell
 * that it is not the last (contract §2.21). Throws `InvalidParameterValueException`.
 */
export function checkPartRange(range: ByteRange, partSizeBytes: number): void {
  const wireRange = `bytes ${formatInclusiveRange(range)}/*`;
  if (range.start % partSizeBytes !== 0) {
    throw invalidParameter(
      `Invalid Content-Range: ${wireRange}. It must start at a multiple of the part size, ${partSizeBytes}.`,
    );
  }
  const partNumber = range.start / partSizeBytes + 1;
  if (partNumber > PARTS_MAX) {
    throw invalidParameter(
      `This is part number ${partNumber} for the current multipart upload. ` +
        `It exceeds the limit of ${PARTS_MAX} parts.`,
    );
  }
  if (rangeLength(range) > partSizeBytes) {
    throw invalidParameter(
      `Invalid Content-Range: ${wireRange}. A part must not be longer than the part size, ${partSizeBytes}.`,
    );
  }
}

/** The size in an `x-amz-archive-size` header, in bytes. Throws `InvalidParameterValueException`. */
export function parseArchiveSize(text: string): number {
  const bytes = findWholeNumber(text);
  if (bytes === undefined) {
    throw invalidParameter(
      `Invalid x-amz-archive-size: ${text}. It must be a whole number of bytes.`,
    );
  }
  return bytes;
}

/** What a CompleteMultipartUpload request says of the archive. */
export interface CompletionClaim {
  readonly archiveSizeBytes: number;
  readonly treeHash: HashHex;
}

/**
 * Whether the `parts`, all of the upload's in order, are the archive that `claim` describes: they cover it
 * from 0 without a gap, all but the last are full, and size and tree hash agree. Their own tree hashes
 * make the archive's, because full parts are nodes of its tree (contract §2.22, §3.1). Throws
 * `InvalidParameterValueException` for the first of these rules that is broken.
 */
export function checkCompletion(
  parts: readonly ManifestPartSummary[],
  partSizeBytes: number,
  claim: CompletionClaim,
  sha256: Sha256,
): void {
  checkCoverage(parts, partSizeBytes);
  const sizeBytes = parts.reduce((total, part) => total + part.sizeBytes, 0);
  checkClaimedSize(claim, sizeBytes);
  const nodes = concatBytes(parts.map((part) => findHexBytes(part.treeHash) ?? new Uint8Array()));
  checkClaimedTreeHash(claim, treeHashOfNodes(nodes, sha256));
}

/**
 * Whether a repeated CompleteMultipartUpload describes the archive that the first one made (contract
 * §2.22). Throws `InvalidParameterValueException`.
 */
export function checkRepeatedCompletion(upload: UploadCompleted, claim: CompletionClaim): void {
  checkClaimedSize(claim, upload.archiveSizeBytes);
  checkClaimedTreeHash(claim, upload.treeHash);
}

function checkCoverage(parts: readonly ManifestPartSummary[], partSizeBytes: number): void {
  if (parts.length === 0) {
    throw invalidParameter("The multipart upload has no parts.");
  }
  for (const [index, part] of parts.entries()) {
    const start = index * partSizeBytes;
    if (part.startBytes !== start) {
      const missing = formatInclusiveRange({ start, endExclusive: part.startBytes });
      throw invalidParameter(`The multipart upload is not complete: bytes ${missing} are missing.`);
    }
    if (part.sizeBytes < partSizeBytes && index < parts.length - 1) {
      const range = { start, endExclusive: start + part.sizeBytes };
      throw invalidParameter(
        `The part ${formatInclusiveRange(range)} is shorter than the part size, ${partSizeBytes}; ` +
          "only the last part may be.",
      );
    }
  }
}

function checkClaimedSize(claim: CompletionClaim, sizeBytes: number): void {
  if (claim.archiveSizeBytes !== sizeBytes) {
    throw invalidParameter(
      `Invalid x-amz-archive-size: ${claim.archiveSizeBytes}. The parts add up to ${sizeBytes} bytes.`,
    );
  }
}

function checkClaimedTreeHash(claim: CompletionClaim, treeHash: HashHex): void {
  if (claim.treeHash !== treeHash) {
    throw invalidTreeHash(claim.treeHash);
  }
}
