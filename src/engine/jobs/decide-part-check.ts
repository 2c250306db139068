/** The pure parts of verifying an archive: which leaves of a part to read, and what they must be. */
import type { ManifestPart } from "../../domain/archive.ts";
import type { ByteRange } from "../../domain/byte-range.ts";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import { leafCount, treeHashOfNodes } from "../../domain/tree-hash.ts";
import { equalBytes } from "../../std/bytes.ts";
import type { Sha256 } from "../../std/hasher.ts";

/** Leaves of one part, numbered within the part. */
export interface LeafSlice {
  readonly firstLeaf: number;
  readonly leafCount: number;
}

/** The bytes that `part` and `range` share, as offsets in the archive. */
export function overlapOf(part: ManifestPart, range: ByteRange): ByteRange {
  const partEnd = part.startBytes + part.sizeBytes;
  return {
    start: Math.max(part.startBytes, range.start),
    endExclusive: Math.min(partEnd, range.endExclusive),
  };
}

/** The leaves of `part` that hold the bytes of `overlap` (offsets in the archive). */
export function leavesOfOverlap(part: ManifestPart, overlap: ByteRange): LeafSlice {
  const firstLeaf = Math.floor((overlap.start - part.startBytes) / LEAF_BYTES);
  const lastLeaf = Math.ceil((overlap.endExclusive - part.startBytes) / LEAF_BYTES);
  return { firstLeaf, leafCount: lastLeaf - firstLeaf };
}

/** `slice` cut into slices of at most `maxLeaves`. */
export function cutSlices(slice: LeafSlice, maxLeaves: number): LeafSlice[] {
  const slices: LeafSlice[] = [];
  for (let done = 0; done < slice.leafCount; done += maxLeaves) {
    const count = Math.min(maxLeaves, slice.leafCount - done);
    slices.push({ firstLeaf: slice.firstLeaf + done, leafCount: count });
  }
  return slices;
}

/** The stored digests of `slice`. */
export function storedLeaves(part: ManifestPart, slice: LeafSlice): Uint8Array {
  const from = slice.firstLeaf * DIGEST_BYTES;
  return part.leaves.subarray(from, from + slice.leafCount * DIGEST_BYTES);
}

/** The bytes of the archive that the leaves of `slice` cover. */
export function bytesOfSlice(part: ManifestPart, slice: LeafSlice): ByteRange {
  const start = part.startBytes + slice.firstLeaf * LEAF_BYTES;
  const partEnd = part.startBytes + part.sizeBytes;
  return { start, endExclusive: Math.min(start + slice.leafCount * LEAF_BYTES, partEnd) };
}

/** Whether a part's record is whole: as many leaves as its size asks for, combining to its tree hash. */
export function isPartRecordSound(part: ManifestPart, sha256: Sha256): boolean {
  return (
    part.leaves.length === leafCount(part.sizeBytes) * DIGEST_BYTES &&
    treeHashOfNodes(part.leaves, sha256) === part.treeHash
  );
}

/** The first run of leaves in which `found` differs from `expected`; `undefined` when they are equal. */
export function findDifference(
  slice: LeafSlice,
  digests: { readonly expected: Uint8Array; readonly found: Uint8Array },
): LeafSlice | undefined {
  for (const different of listDifferences(slice, digests)) {
    return different;
  }
  return undefined;
}

/** All runs of leaves in which `found` differs from `expected`, in order. */
export function* listDifferences(
  slice: LeafSlice,
  digests: { readonly expected: Uint8Array; readonly found: Uint8Array },
): Generator<LeafSlice, void, void> {
  const differs = (leaf: number): boolean => {
    const [from, to] = [leaf * DIGEST_BYTES, (leaf + 1) * DIGEST_BYTES];
    return !equalBytes(digests.expected.subarray(from, to), digests.found.subarray(from, to));
  };
  let end = 0;
  while (end < slice.leafCount) {
    let first = end;
    while (first < slice.leafCount && !differs(first)) {
      first += 1;
    }
    end = first;
    while (end < slice.leafCount && differs(end)) {
      end += 1;
    }
    if (first < end) {
      yield { firstLeaf: slice.firstLeaf + first, leafCount: end - first };
    }
  }
}
