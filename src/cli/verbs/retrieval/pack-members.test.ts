import { deepEqual, equal, rejects } from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MIB } from "../../../domain/limits.ts";
import { isMegabyteAligned } from "../../../domain/tree-hash.ts";
import { formatHex } from "../../../std/bytes.ts";
import { sha256 } from "../../../std/hasher-node.ts";
import { formatPack, parsePackIndex } from "../../pack/pack-format.ts";
import { decidePackRange, takeMembers } from "./pack-members.ts";

async function* inPieces(bytes: Uint8Array, pieceBytes: number) {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield bytes.subarray(start, start + pieceBytes);
  }
}

describe("a pack's members", () => {
  it("lie in an aligned range of the pack, which is not larger than it must be", () => {
    const member = fc.record({
      offset: fc.nat(9 * MIB),
      sizeBytes: fc.integer({ min: 1, max: MIB }),
    });
    fc.assert(
      fc.property(fc.array(member, { minLength: 1 }), fc.nat(MIB), (members, restBytes) => {
        const end = Math.max(...members.map(({ offset, sizeBytes }) => offset + sizeBytes));
        const start = Math.min(...members.map(({ offset }) => offset));
        const packBytes = end + restBytes;
        const range = decidePackRange(members, packBytes);
        equal(isMegabyteAligned(range, packBytes), true);
        equal(start - range.start >= 0 && start - range.start < MIB, true);
        equal(range.endExclusive >= end && range.endExclusive - end < MIB, true);
      }),
    );
  });

  it("come out of the pack as they went in, whatever pieces it comes in and which are wanted", async () => {
    const file = fc.record({
      name: fc.string({ minLength: 1, unit: "grapheme" }).map((text) => `n${text}`),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 2000 }),
      mode: fc.integer({ min: 0, max: 0o777 }),
      modifiedAtMs: fc.nat(4_000_000_000_000),
    });
    const files = fc.uniqueArray(file, {
      minLength: 1,
      maxLength: 6,
      selector: ({ name }) => name,
    });
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 5000 }), async (given, pieceBytes) => {
        const { chunks, members } = await formatPack(given);
        const pack = Buffer.concat(chunks);
        deepEqual(parsePackIndex(pack), members);
        const wanted = members
          .filter((_, index) => index % 2 === 0)
          .map((member) => ({ ...member, treeHash: member.sha256 }));
        const taken = await Array.fromAsync(
          takeMembers(inPieces(pack, pieceBytes), { members: wanted, firstByte: 0 }),
        );
        deepEqual(
          taken.map(({ bytes }) => formatHex(bytes)),
          given.filter((_, index) => index % 2 === 0).map(({ bytes }) => formatHex(bytes)),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("are refused when their bytes differ, or are not all there", async () => {
    const treeHash = formatHex(sha256(Uint8Array.of(1, 2)));
    const members = [{ name: "x", offset: 1, sizeBytes: 2, treeHash }];
    const take = async (...bytes: readonly number[]) =>
      await Array.fromAsync(
        takeMembers(inPieces(Uint8Array.from(bytes), 1), { members, firstByte: 0 }),
      );
    equal((await take(0, 1, 2)).length, 1);
    await rejects(take(0, 1, 3), { name: "DamagedOutputError" });
    await rejects(take(0, 1), /the pack ends before x does/);
  });
});
