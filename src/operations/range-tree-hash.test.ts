import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ManifestPart } from "../domain/archive.ts";
import type { ByteRange } from "../domain/byte-range.ts";
import type { BlobId, ManifestId } from "../domain/ids.ts";
import { isTreeHashAligned, treeHashOfNodes } from "../domain/tree-hash.ts";
import type { ManifestStore } from "../ports/metadata-store.ts";
import { sha256 } from "../std/hasher-node.ts";
import { listPartsInRange } from "./list-parts-in-range.ts";
import { readRangeTreeHash } from "./range-tree-hash.ts";

const MIB = 1024 * 1024;
const MANIFEST = "m" as ManifestId;

/** Leaves of an archive: what they hash does not matter to the tree. */
function makeLeaves(count: number): Uint8Array {
  const leaves = new Uint8Array(count * 32);
  for (let index = 0; index < count; index += 1) {
    leaves.set(sha256(Uint8Array.of(index >> 8, index & 255)), index * 32);
  }
  return leaves;
}

/** A manifest of parts of `partMib` each, over `sizeBytes`; only what these modules call. */
function makeManifests(sizeBytes: number, partMib: number) {
  const leaves = makeLeaves(Math.ceil(sizeBytes / MIB));
  const parts: ManifestPart[] = [];
  for (let start = 0; start < sizeBytes; start += partMib * MIB) {
    const end = Math.min(start + partMib * MIB, sizeBytes);
    const own = leaves.slice((start / MIB) * 32, Math.ceil(end / MIB) * 32);
    parts.push({
      startBytes: start,
      sizeBytes: end - start,
      treeHash: treeHashOfNodes(own, sha256),
      blobId: `b${start}` as BlobId,
      leaves: own,
    });
  }
  const calls = { withLeaves: 0 };
  const store = {
    listPartsInRange: async (_id: ManifestId, range: ByteRange, limit: number) => {
      calls.withLeaves += 1;
      return parts
        .filter((part) => part.startBytes < range.endExclusive)
        .filter((part) => part.startBytes + part.sizeBytes > range.start)
        .slice(0, limit);
    },
    listPartsPage: async (page: { fromStartBytes: number; limit: number }) =>
      parts.filter((part) => part.startBytes >= page.fromStartBytes).slice(0, page.limit),
  };
  return { leaves, parts, calls, manifests: store as unknown as ManifestStore };
}

async function listStarts(manifests: ManifestStore, range: ByteRange): Promise<number[]> {
  const starts: number[] = [];
  for await (const part of listPartsInRange(manifests, MANIFEST, range)) {
    starts.push(part.startBytes / MIB);
  }
  return starts;
}

describe("listPartsInRange", () => {
  it("lists the parts that hold the range, across pages of any number of parts", async () => {
    for (const count of [1, 99, 100, 101, 102, 201, 350]) {
      const { manifests } = makeManifests(count * MIB, 1);
      const starts = await listStarts(manifests, { start: 0, endExclusive: count * MIB });
      assert.deepEqual(
        starts,
        Array.from({ length: count }, (_, index) => index),
      );
    }
  });

  it("begins with the part around the first byte and ends with the one around the last", async () => {
    const { manifests } = makeManifests(10 * MIB, 2);
    assert.deepEqual(
      await listStarts(manifests, { start: 3 * MIB, endExclusive: 5 * MIB }),
      [2, 4],
    );
    assert.deepEqual(await listStarts(manifests, { start: 2 * MIB, endExclusive: 4 * MIB }), [2]);
    assert.deepEqual(
      await listStarts(manifests, { start: 4 * MIB - 1, endExclusive: 4 * MIB + 1 }),
      [2, 4],
    );
  });

  it("reads the leaves of one part only", async () => {
    const { manifests, calls } = makeManifests(300 * MIB, 1);
    await listStarts(manifests, { start: 0, endExclusive: 300 * MIB });
    assert.equal(calls.withLeaves, 1);
  });

  it("reports a gap and an early end as a defect of ours", async () => {
    const whole = { start: 0, endExclusive: 6 * MIB };
    for (const lost of [0, 1, 2]) {
      const { manifests, parts } = makeManifests(6 * MIB, 2);
      parts.splice(lost, 1);
      await assert.rejects(listStarts(manifests, whole), { name: "AssertionError" });
    }
  });
});

describe("readRangeTreeHash", () => {
  it("is that of the range's own leaves, for each aligned range and any size of parts", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(1, 2, 4, 8, 64),
        fc.constantFrom(1, 1000, MIB),
        async (leafCount, partMib, lastLeafBytes) => {
          const sizeBytes = (leafCount - 1) * MIB + lastLeafBytes;
          const { leaves, manifests } = makeManifests(sizeBytes, partMib);
          for (let from = 0; from < leafCount; from += 1) {
            for (let to = from + 1; to <= leafCount; to += 1) {
              const range = { start: from * MIB, endExclusive: Math.min(to * MIB, sizeBytes) };
              if (isTreeHashAligned(range, sizeBytes)) {
                const expected = treeHashOfNodes(leaves.slice(from * 32, to * 32), sha256);
                const found = await readRangeTreeHash(manifests, MANIFEST, range, sha256);
                assert.equal(found, expected, `${from} to ${to}`);
              }
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
