import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { GIB, MIB, PARTS_MAX } from "../../domain/limits.ts";
import {
  ARCHIVE_MAX_BYTES,
  countParts,
  decidePartSize,
  decideTransfer,
  partRange,
  STREAM_PART_SIZE_BYTES,
  WHOLE_MAX_BYTES,
} from "./part-plan.ts";

describe("decideTransfer", () => {
  it("sends up to 100 MiB whole, and one byte more in parts of 16 MiB", () => {
    assert.deepEqual(decideTransfer(1), { kind: "whole" });
    assert.deepEqual(decideTransfer(WHOLE_MAX_BYTES), { kind: "whole" });
    const parts = { kind: "parts", partSizeBytes: 16 * MIB };
    assert.deepEqual(decideTransfer(WHOLE_MAX_BYTES + 1), parts);
  });

  it("doubles the part size when 10 000 parts do not do", () => {
    assert.equal(decidePartSize(16 * MIB * PARTS_MAX), 16 * MIB);
    assert.equal(decidePartSize(16 * MIB * PARTS_MAX + 1), 32 * MIB);
    assert.equal(decidePartSize(ARCHIVE_MAX_BYTES), 4 * GIB);
    assert.equal(decidePartSize(625 * GIB, STREAM_PART_SIZE_BYTES), 64 * MIB);
    assert.equal(decidePartSize(625 * GIB + 1, STREAM_PART_SIZE_BYTES), 128 * MIB);
  });

  it("refuses what is empty or larger than an archive can be", () => {
    assert.throws(() => decideTransfer(0), { name: "ClientInputError", message: /empty/ });
    assert.throws(() => decideTransfer(ARCHIVE_MAX_BYTES + 1), {
      name: "ClientInputError",
      message: /at most 42949672960000 bytes/,
    });
  });

  it("takes a part size of the caller's, and says which one would do", () => {
    assert.deepEqual(decideTransfer(MIB, MIB), { kind: "whole" });
    assert.deepEqual(decideTransfer(MIB + 1, MIB), { kind: "parts", partSizeBytes: MIB });
    assert.throws(() => decideTransfer(MIB * PARTS_MAX + 1, MIB), { message: /at least 16777216/ });
    for (const bad of [MIB / 2, 3 * MIB, 8 * GIB]) {
      assert.throws(() => decideTransfer(10 * GIB, bad), { message: /power of two from 1 MiB/ });
    }
  });

  it("chooses the smallest part size that does, and parts that make up the whole", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ARCHIVE_MAX_BYTES }), (sizeBytes) => {
        const partSizeBytes = decidePartSize(sizeBytes);
        const count = countParts(sizeBytes, partSizeBytes);
        assert.ok(count <= PARTS_MAX);
        assert.ok(
          partSizeBytes === 16 * MIB || countParts(sizeBytes, partSizeBytes / 2) > PARTS_MAX,
        );
        const last = partRange(count - 1, { sizeBytes, partSizeBytes });
        assert.equal(last.endExclusive, sizeBytes);
        assert.ok(last.start < sizeBytes);
      }),
    );
  });
});
