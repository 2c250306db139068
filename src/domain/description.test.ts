import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseArchiveDescription, parseJobDescription } from "./description.ts";

const refusal = { code: "InvalidParameterValueException" };

for (const [name, parse] of [
  ["parseArchiveDescription", parseArchiveDescription],
  ["parseJobDescription", parseJobDescription],
] as const) {
  describe(name, () => {
    it("takes absent and empty text as no description", () => {
      assert.equal(parse(undefined), undefined);
      assert.equal(parse(""), undefined);
    });

    it("takes 1023 and 1024 characters and refuses 1025", () => {
      assert.equal(parse("x".repeat(1023)), "x".repeat(1023));
      assert.equal(parse("x".repeat(1024)), "x".repeat(1024));
      assert.throws(() => parse("x".repeat(1025)), { ...refusal, message: /1025.*1024/ });
    });

    it("takes bytes 0x20 to 0x7E and refuses their neighbours", () => {
      assert.equal(parse("a ~"), "a ~");
      for (const text of ["a\x1f", "a\x7f", "a\tb", "a\nb", "größe", "a\u{1F9CA}"]) {
        assert.throws(() => parse(text), refusal);
      }
    });
  });
}

describe("parseArchiveDescription and leading spaces", () => {
  it("removes them before it counts, and keeps the inner and last ones", () => {
    assert.equal(parseArchiveDescription("  a  b "), "a  b ");
    assert.equal(parseArchiveDescription("   "), undefined);
    assert.equal(parseArchiveDescription(` ${"x".repeat(1024)}`), "x".repeat(1024));
  });
});
