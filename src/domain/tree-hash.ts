/**
 * The SHA-256 tree hash and the alignment rules that decide which ranges have one (contract §3).
 * Hashing is passed in: the same code runs in server, command line and browser.
 */
import { formatHex } from "../std/bytes.ts";
import type { Sha256 } from "../std/hasher.ts";
import type { HashHex } from "./archive.ts";
import type { ByteRange } from "./byte-range.ts";
import { DIGEST_BYTES, LEAF_BYTES } from "./limits.ts";

/**
 * The root of the tree over `nodes` (one or more digests of 32 bytes, concatenated): neighbours are
 * paired left to right over raw digests, and an odd last node is carried up unchanged (contract §3.1).
 * The nodes may be leaves, or roots of equal, full power-of-two runs of leaves with a shorter last one.
 */
export function treeHashOfNodes(nodes: Uint8Array, sha256: Sha256): HashHex {
  let level = nodes;
  while (level.length > DIGEST_BYTES) {
    level = parentsOf(level, sha256);
  }
  return formatHex(level);
}

function parentsOf(level: Uint8Array, sha256: Sha256): Uint8Array {
  const count = level.length / DIGEST_BYTES;
  const parents = new Uint8Array(Math.ceil(count / 2) * DIGEST_BYTES);
  for (let pair = 0; pair < Math.floor(count / 2); pair += 1) {
    const children = level.subarray(2 * pair * DIGEST_BYTES, 2 * (pair + 1) * DIGEST_BYTES);
    parents.set(sha256(children), pair * DIGEST_BYTES);
  }
  if (count % 2 === 1) {
    parents.set(level.subarray(-DIGEST_BYTES), parents.length - DIGEST_BYTES);
  }
  return parents;
}

/** How many leaves `sizeBytes` have; nothing has one leaf, the hash of nothing. */
export function leafCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / LEAF_BYTES));
}

/** Whether `range` starts at a MiB and ends at one or at the end of the archive (contract §3.2). */
export function isMegabyteAligned(range: ByteRange, archiveSizeBytes: number): boolean {
  return (
    range.start % LEAF_BYTES === 0 &&
    (range.endExclusive % LEAF_BYTES === 0 || range.endExclusive === archiveSizeBytes)
  );
}

/** Whether the tree hash of `range` is a node of the archive's tree (closed form of contract §3.2). */
export function isTreeHashAligned(range: ByteRange, archiveSizeBytes: number): boolean {
  if (!isMegabyteAligned(range, archiveSizeBytes)) {
    return false;
  }
  const first = range.start / LEAF_BYTES;
  const leaves = Math.ceil((range.endExclusive - range.start) / LEAF_BYTES);
  const span = smallestPowerOfTwoFrom(leaves);
  const full = range.endExclusive === archiveSizeBytes || span === leaves;
  return full && first % span === 0;
}

function smallestPowerOfTwoFrom(count: number): number {
  let power = 1;
  while (power < count) {
    power *= 2;
  }
  return power;
}
