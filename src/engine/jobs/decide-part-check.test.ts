import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ManifestPart } from "../../domain/archive.ts";
import type { BlobId } from "../../domain/ids.ts";
import { DIGEST_BYTES, MIB } from "../../domain/limits.ts";
import { treeHashOfNodes } from "../../domain/tree-hash.ts";
import { sha256 } from "../../std/hasher-node.ts";
import {
  bytesOfSlice,
  cutSlices,
  findDifference,
  isPartRecordSound,
  leavesOfOverlap,
  overlapOf,
} from "./decide-part-check.ts";

function buildPart(startBytes: number, sizeBytes: number): ManifestPart {
  const leaves = new Uint8Array(Math.ceil(sizeBytes / MIB) * DIGEST_BYTES).fill(3);
  const treeHash = treeHashOfNodes(leaves, sha256);
  return { startBytes, sizeBytes, treeHash, blobId: "blob" as BlobId, leaves };
}

describe("the leaves of a part within a range", () => {
  it("are numbered within the part, and cover the range's bytes of the archive", () => {
    const part = buildPart(8 * MIB, 3.5 * MIB);
    for (const [start, endExclusive, firstLeaf, leafCount, endOfSlice] of [
      [0, 11.5 * MIB, 0, 4, 11.5 * MIB],
      [9 * MIB, 10 * MIB, 1, 1, 10 * MIB],
      [10 * MIB, 40 * MIB, 2, 2, 11.5 * MIB],
      [11 * MIB, 11.5 * MIB, 3, 1, 11.5 * MIB],
    ] as const) {
      const slice = leavesOfOverlap(part, overlapOf(part, { start, endExclusive }));
      assert.deepEqual(slice, { firstLeaf, leafCount });
      const sliceStart = 8 * MIB + firstLeaf * MIB;
      assert.deepEqual(bytesOfSlice(part, slice), { start: sliceStart, endExclusive: endOfSlice });
    }
  });

  it("are cut into slices that follow each other and are never too long", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(300), fc.integer({ min: 1, max: 70 }), (first, count, max) => {
        let next = first;
        for (const slice of cutSlices({ firstLeaf: first, leafCount: count }, max)) {
          assert.equal(slice.firstLeaf, next);
          assert.ok(slice.leafCount >= 1 && slice.leafCount <= max);
          next += slice.leafCount;
        }
        assert.equal(next, first + count);
      }),
    );
  });
});

describe("isPartRecordSound", () => {
  it("accepts a part whose leaves combine to its tree hash, and no other", () => {
    const part = buildPart(0, 2.5 * MIB);
    assert.equal(isPartRecordSound(part, sha256), true);
    assert.equal(isPartRecordSound({ ...part, sizeBytes: 2 * MIB }, sha256), false);
    assert.equal(isPartRecordSound({ ...part, treeHash: "0".repeat(64) }, sha256), false);
    const leaves = part.leaves.slice();
    leaves[95] = 4;
    assert.equal(isPartRecordSound({ ...part, leaves }, sha256), false);
  });
});

describe("findDifference", () => {
  const expected = new Uint8Array(5 * DIGEST_BYTES);
  const differenceAt = (...leaves: number[]) => {
    const found = expected.slice();
    for (const leaf of leaves) {
      found[leaf * DIGEST_BYTES + 31] = 1;
    }
    return findDifference({ firstLeaf: 64, leafCount: 5 }, { expected, found });
  };

  it("finds nothing in equal leaves", () => {
    assert.equal(differenceAt(), undefined);
  });

  it("finds the first run of different leaves", () => {
    assert.deepEqual(differenceAt(0), { firstLeaf: 64, leafCount: 1 });
    assert.deepEqual(differenceAt(4), { firstLeaf: 68, leafCount: 1 });
    assert.deepEqual(differenceAt(1, 2, 4), { firstLeaf: 65, leafCount: 2 });
    assert.deepEqual(differenceAt(0, 1, 2, 3, 4), { firstLeaf: 64, leafCount: 5 });
  });
});
