import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { rangeLength } from "../../domain/byte-range.ts";
import { GIB, MIB } from "../../domain/limits.ts";
import { isTreeHashAligned } from "../../domain/tree-hash.ts";
import { chooseRangeSize, listRanges } from "./download-ranges.ts";

const TIB = 1024 * GIB;

describe("ranges of a download", () => {
  it("grow with the output, so that their number stays bounded", () => {
    assert.equal(chooseRangeSize(1), 4 * MIB);
    assert.equal(chooseRangeSize(GIB), 4 * MIB);
    assert.equal(chooseRangeSize(10 * GIB), 64 * MIB);
    assert.equal(chooseRangeSize(4 * TIB), 64 * MIB);
    assert.equal(chooseRangeSize(40 * TIB), GIB);
  });

  it("cover every size without gaps, and each has a tree hash of its own", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * GIB }), (sizeBytes) => {
        const ranges = listRanges(sizeBytes, chooseRangeSize(sizeBytes));
        let position = 0;
        for (const range of ranges) {
          assert.equal(range.start, position);
          assert.ok(rangeLength(range) > 0);
          assert.ok(isTreeHashAligned(range, sizeBytes));
          position = range.endExclusive;
        }
        assert.equal(position, sizeBytes);
      }),
      { numRuns: 200 },
    );
  });
});
