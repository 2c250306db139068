import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ManifestPart } from "../../domain/archive.ts";
import type { BlobId } from "../../domain/ids.ts";
import { MIB } from "../../domain/limits.ts";
import { damageOfLeaves, decideSources, listLost } from "./decide-sources.ts";

const LEAVES = 6;
const part: ManifestPart = {
  startBytes: 8 * MIB,
  sizeBytes: (LEAVES - 1) * MIB + 7,
  treeHash: "",
  blobId: "b" as BlobId,
  leaves: new Uint8Array(32 * LEAVES),
};

const rotten = (...leaves: number[]) => new Map(leaves.map((leaf) => [leaf, "rotten" as const]));

describe("the sources of a blob", () => {
  it("cover every leaf once, each from a copy that has it sound, if there is one", () => {
    const copy = fc.uniqueArray(fc.integer({ min: 0, max: LEAVES - 1 })).map((it) => rotten(...it));
    const property = fc.property(fc.array(copy, { minLength: 1, maxLength: 3 }), (copies) => {
      const runs = decideSources(part, copies);
      const all = Array.from({ length: LEAVES }, (_, leaf) => leaf);
      const isAnywhere = all.every((leaf) => copies.some((damaged) => !damaged.has(leaf)));
      assert.equal(runs !== undefined, isAnywhere);
      assert.equal(listLost(part, copies).length === 0, isAnywhere);
      const covered = (runs ?? []).flatMap(({ firstLeaf, leafCount, copy: from }) =>
        Array.from({ length: leafCount }, (_, index) => {
          assert.ok(!copies[from]?.has(firstLeaf + index));
          return firstLeaf + index;
        }),
      );
      assert.deepEqual(covered, isAnywhere ? all : []);
    });
    fc.assert(property);
  });

  it("are told in MiB of the archive where none is left", () => {
    const mixed = new Map([
      [0, "rotten"],
      [1, "rotten"],
      [2, "missing"],
      [5, "rotten"],
    ] as const);
    assert.deepEqual(listLost(part, [mixed, rotten(0, 1, 2, 5)]), [
      { kind: "rotten", range: { start: 8 * MIB, endExclusive: 10 * MIB } },
      { kind: "missing", range: { start: 10 * MIB, endExclusive: 11 * MIB } },
      { kind: "rotten", range: { start: 13 * MIB, endExclusive: 13 * MIB + 7 } },
    ]);
  });

  it("do not lack leaves of a blob that is only too long, or the leaf of an empty one", () => {
    const range = { start: 8 * MIB, endExclusive: 8 * MIB + part.sizeBytes };
    assert.equal(damageOfLeaves(part, [{ kind: "oversized", range, blobId: part.blobId }]).size, 0);
    const empty = { ...part, sizeBytes: 0 };
    const nothing = { start: 8 * MIB, endExclusive: 8 * MIB };
    const missing = { kind: "missing" as const, range: nothing, blobId: part.blobId };
    assert.deepEqual([...damageOfLeaves(empty, [missing])], [[0, "missing"]]);
  });
});
