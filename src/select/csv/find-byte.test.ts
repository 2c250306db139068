import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findEither } from "./find-byte.ts";

const places = fc.record({
  content: fc.uint8Array({ maxLength: 40 }),
  start: fc.nat(40),
  end: fc.nat(40),
  first: fc.nat(255),
  second: fc.nat(255),
});

describe("findEither", () => {
  it("finds what looking at each byte finds, wherever it begins and ends", () => {
    fc.assert(
      fc.property(places, ({ content, start, end, first, second }) => {
        const bytes = new Uint8Array(40);
        bytes.set(content);
        const words = new Int32Array(bytes.buffer);
        const range = { start: Math.min(start, end), end: Math.max(start, end) };
        const expected = bytes
          .subarray(0, range.end)
          .findIndex((byte, at) => at >= range.start && (byte === first || byte === second));
        const found = findEither({ bytes, words }, range, { first, second });
        assert.equal(found, expected === -1 ? range.end : expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("finds bytes that differ from their neighbours in the highest or the lowest bit", () => {
    for (const byte of [0x00, 0x01, 0x0a, 0x0b, 0x7f, 0x80, 0x8a, 0xff]) {
      const bytes = new Uint8Array(16).fill(byte ^ 0x80).fill(byte ^ 0x01, 4, 8);
      bytes[13] = byte;
      const words = new Int32Array(bytes.buffer);
      const range = { start: 1, end: 16 };
      assert.equal(findEither({ bytes, words }, range, { first: byte, second: byte }), 13);
    }
  });
});
