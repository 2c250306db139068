/** Opening encrypted segments inside a blob worker. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import { rottenFile, truncatedFile } from "./blob-errors.ts";
import {
  openSegment,
  type SealedBlob,
  segmentCount,
  segmentOffset,
  TAG_BYTES,
} from "./sealed-format.ts";
import { nextTurn } from "./worker-leaves.ts";
import type { LeafRequest } from "./worker-messages.ts";

/**
 * The bytes of segment `index`, which the open file `fd` holds. Throws when the file ends before, or the segment is
 * not what was written at this place.
 */
export function readSegment(fd: number, blob: SealedBlob, index: number): Uint8Array {
  const bytes = findSegment(fd, blob, index);
  if (bytes === undefined) {
    throw rottenFile(`segment ${index} of blob ${blob.blobId} is not what was written`);
  }
  return bytes;
}

function findSegment(fd: number, blob: SealedBlob, index: number): Uint8Array | undefined {
  const { blobId, dataKey, sizeBytes, segmentBytes } = blob;
  const isFinal = index === segmentCount(blob) - 1;
  const length = isFinal ? sizeBytes - index * segmentBytes : segmentBytes;
  const sealed = readFully(fd, {
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
  fd: number,
  { length, position }: { readonly length: number; readonly position: number },
): Uint8Array {
  if (scratch.length < length) {
    scratch = new Uint8Array(length);
  }
  const target = scratch.subarray(0, length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, target, filled, length - filled, position + filled);
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
  { path, firstLeaf, leafCount }: LeafRequest,
  blob: SealedBlob,
): Promise<Uint8Array> {
  const leaves = new Uint8Array(leafCount * DIGEST_BYTES);
  const leavesMax = Math.max(1, Math.ceil(blob.sizeBytes / LEAF_BYTES));
  if (leafCount > 0 && firstLeaf + leafCount > leavesMax) {
    throw truncatedFile(`${path} has ${leavesMax} leaves; ${firstLeaf + leafCount} are needed`);
  }
  const fd = openSync(path, "r");
  try {
    for (let index = 0; index < leafCount; index += 1) {
      const leaf = findLeaf(fd, blob, firstLeaf + index);
      leaves.set(leaf ?? new Uint8Array(DIGEST_BYTES), index * DIGEST_BYTES);
      await nextTurn();
    }
  } finally {
    closeSync(fd);
  }
  return leaves;
}

function findLeaf(fd: number, blob: SealedBlob, leaf: number): Uint8Array | undefined {
  const perLeaf = LEAF_BYTES / blob.segmentBytes;
  const first = leaf * perLeaf;
  const end = Math.min(first + perLeaf, segmentCount(blob));
  const hash = createHash("sha256");
  let isSound = true;
  for (let index = first; index < end; index += 1) {
    // Every segment is read, so that a file which ends early is told from a rotten one.
    const bytes = findSegment(fd, blob, index);
    isSound &&= bytes !== undefined;
    hash.update(bytes ?? new Uint8Array(0));
  }
  return isSound ? hash.digest() : undefined;
}
