/** Opening encrypted segments inside a blob worker. */
import { createHash } from "node:crypto";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import { rottenFile, truncatedFile } from "./blob-errors.ts";
import type { ThreadFiles } from "./files.ts";
import {
  openSegment,
  type SealedBlob,
  segmentCount,
  segmentOffset,
  TAG_BYTES,
} from "./sealed-format.ts";
import { nextTurn } from "./worker-leaves.ts";
import type { LeafRequest, SegmentRequest } from "./worker-messages.ts";

/** What reads an open file. */
type SegmentFiles = Pick<ThreadFiles, "readSync">;

/**
 * The bytes of the segment asked for. Throws when the file ends before, or the segment is
 * not what was written at this place.
 */
export function readSegment(files: SegmentFiles, request: SegmentRequest): Uint8Array {
  const bytes = findSegment(files, request);
  if (bytes === undefined) {
    const { blob, index } = request;
    throw rottenFile(`segment ${index} of blob ${blob.blobId} is not what was written`);
  }
  return bytes;
}

function findSegment(
  files: SegmentFiles,
  { fd, blob, index }: SegmentRequest,
): Uint8Array | undefined {
  const { blobId, dataKey, sizeBytes, segmentBytes } = blob;
  const isFinal = index === segmentCount(blob) - 1;
  const length = isFinal ? sizeBytes - index * segmentBytes : segmentBytes;
  const sealed = readFully(files, fd, {
    length: length + TAG_BYTES,
    position: segmentOffset(index, segmentBytes),
  });
  return openSegment(sealed, dataKey, {
    blobId,
    index,
    finalSizeBytes: isFinal ? sizeBytes : undefined,
  });
}

/** Ciphertext of one segment, of no use once it is opened; each thread has its own. */
let scratch = new Uint8Array(0);

function readFully(
  files: SegmentFiles,
  fd: number,
  { length, position }: { readonly length: number; readonly position: number },
): Uint8Array {
  if (scratch.length < length) {
    scratch = new Uint8Array(length);
  }
  const target = scratch.subarray(0, length);
  let filled = 0;
  while (filled < length) {
    const count = files.readSync(fd, target, filled, length - filled, position + filled);
    if (count === 0) {
      throw truncatedFile(
        `the file ends at ${position + filled}, ${length - filled} bytes too early`,
      );
    }
    filled += count;
  }
  return target;
}

/**
 * Like `hashLeavesOf`, for an encrypted blob. A leaf with a segment that is not what was written is 32 zero bytes,
 * which no bytes hash to: so whoever compares leaves learns which are sound.
 */
export async function hashSealedLeaves(
  files: ThreadFiles,
  { path, firstLeaf, leafCount }: LeafRequest,
  blob: SealedBlob,
): Promise<Uint8Array> {
  const leaves = new Uint8Array(leafCount * DIGEST_BYTES);
  const leavesMax = Math.max(1, Math.ceil(blob.sizeBytes / LEAF_BYTES));
  if (leafCount > 0 && firstLeaf + leafCount > leavesMax) {
    throw truncatedFile(`${path} has ${leavesMax} leaves; ${firstLeaf + leafCount} are needed`);
  }
  const fd = files.openSync(path, "r");
  try {
    for (let index = 0; index < leafCount; index += 1) {
      const leaf = findLeaf(files, { fd, blob, leaf: firstLeaf + index });
      leaves.set(leaf ?? new Uint8Array(DIGEST_BYTES), index * DIGEST_BYTES);
      await nextTurn();
    }
  } finally {
    files.closeSync(fd);
  }
  return leaves;
}

function findLeaf(
  files: SegmentFiles,
  { fd, blob, leaf }: { readonly fd: number; readonly blob: SealedBlob; readonly leaf: number },
): Uint8Array | undefined {
  const perLeaf = LEAF_BYTES / blob.segmentBytes;
  const first = leaf * perLeaf;
  const end = Math.min(first + perLeaf, segmentCount(blob));
  const hash = createHash("sha256");
  let isSound = true;
  for (let index = first; index < end; index += 1) {
    // Every segment is read, so that a file which ends early is told from a rotten one.
    const bytes = findSegment(files, { fd, blob, index });
    isSound &&= bytes !== undefined;
    hash.update(bytes ?? new Uint8Array(0));
  }
  return isSound ? hash.digest() : undefined;
}
