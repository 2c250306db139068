import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Damage, FoundDamage } from "../../domain/damage.ts";
import type { ArchiveId, BlobId } from "../../domain/ids.ts";
import { MIB } from "../../domain/limits.ts";
import { DAMAGES_OF_PART_MAX, decideDamages } from "./decide-damages.ts";

const NOW_MS = 9_000;

function mibs(first: number, end: number): FoundDamage["range"] {
  return { start: first * MIB, endExclusive: end * MIB };
}

function record(damageId: number, first: number, end: number): Damage {
  return {
    damageId,
    archiveId: "a" as ArchiveId,
    blobId: "b" as BlobId,
    kind: "rotten",
    range: mibs(first, end),
    firstSeenAtMs: 1,
    lastSeenAtMs: 1,
    repairedAtMs: undefined,
  };
}

describe("records of damage", () => {
  it("begin with damage that none tells of", () => {
    const found = [{ kind: "rotten" as const, range: mibs(4, 5) }];
    const changes = decideDamages([record(1, 0, 1)], found, NOW_MS);
    assert.deepEqual(changes.added, found);
    assert.deepEqual(changes.updated, [{ ...record(1, 0, 1), repairedAtMs: NOW_MS }]);
  });

  it("go on with damage that overlaps, of whatever kind", () => {
    const found = [{ kind: "missing" as const, range: mibs(0, 9) }];
    const changes = decideDamages([record(1, 3, 4)], found, NOW_MS);
    assert.deepEqual(changes, {
      added: [],
      updated: [{ ...record(1, 0, 9), kind: "missing", firstSeenAtMs: 1, lastSeenAtMs: NOW_MS }],
    });
  });

  it("do not go on with a neighbour", () => {
    const found = [{ kind: "rotten" as const, range: mibs(1, 2) }];
    const { added, updated } = decideDamages([record(1, 0, 1)], found, NOW_MS);
    assert.deepEqual(added, found);
    assert.equal(updated[0]?.repairedAtMs, NOW_MS);
  });

  it("are closed when a part of what grew together is all that is left of two", () => {
    const open = [record(1, 0, 1), record(2, 2, 3)];
    const found = [{ kind: "rotten" as const, range: mibs(0, 3) }];
    const { added, updated } = decideDamages(open, found, NOW_MS);
    assert.deepEqual(added, []);
    assert.deepEqual(
      updated.map(({ damageId, repairedAtMs }) => [damageId, repairedAtMs]),
      [
        [1, undefined],
        [2, NOW_MS],
      ],
    );
  });

  it("go on for an empty archive, whose only range has no bytes", () => {
    const range = { start: 0, endExclusive: 0 };
    const open = [{ ...record(1, 0, 0), range }];
    const { updated } = decideDamages(open, [{ kind: "missing", range }], NOW_MS);
    assert.equal(updated[0]?.repairedAtMs, undefined);
  });

  it("are no more than a hundred for a part", () => {
    const found = Array.from({ length: DAMAGES_OF_PART_MAX + 1 }, (_, index) => ({
      kind: "rotten" as const,
      range: mibs(2 * index, 2 * index + 1),
    }));
    assert.equal(decideDamages([], found, NOW_MS).added.length, DAMAGES_OF_PART_MAX);
  });
});
