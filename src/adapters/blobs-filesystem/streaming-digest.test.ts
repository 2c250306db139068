import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LEAF_BYTES } from "../../domain/limits.ts";
import { createStreamingDigest } from "./streaming-digest.ts";

const SOURCE = new Uint8Array(3 * LEAF_BYTES + 10).map((_, index) => (index * 13) % 241);

describe("the streaming digest", () => {
  it("gives the one-shot hashes of the whole and of each MiB, however the bytes are cut", () => {
    const sizes = fc.tuple(fc.nat(3), fc.integer({ min: -1, max: 1 }));
    const cuts = fc.array(fc.nat(SOURCE.length), { maxLength: 6 });
    fc.assert(
      fc.property(sizes, cuts, ([leaves, off], at) => {
        const bytes = SOURCE.subarray(0, Math.max(0, leaves * LEAF_BYTES + off));
        const digest = createStreamingDigest();
        const ends = [...at.filter((end) => end < bytes.length), bytes.length];
        ends.sort((a, b) => a - b);
        for (const [index, end] of ends.entries()) {
          digest.update(bytes.subarray(ends[index - 1] ?? 0, end));
        }
        const result = digest.digest();
        assert.equal(result.sha256, hash("sha256", bytes, "hex"));
        const expected: string[] = [];
        for (let start = 0; start === 0 || start < bytes.length; start += LEAF_BYTES) {
          expected.push(hash("sha256", bytes.subarray(start, start + LEAF_BYTES), "hex"));
        }
        assert.equal(result.leaves.toHex(), expected.join(""));
      }),
      { numRuns: 50 },
    );
  });
});
