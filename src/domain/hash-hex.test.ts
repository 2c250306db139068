import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTreeHash } from "./hash-hex.ts";

describe("parseTreeHash", () => {
  it("reads 64 hex digits of either case as lower case", () => {
    assert.equal(parseTreeHash("AbCdEf01".repeat(8)), "abcdef01".repeat(8));
  });

  it("refuses 63 and 65 digits and other characters, naming the value", () => {
    for (const text of [
      "a".repeat(63),
      "a".repeat(65),
      "g".repeat(64),
      "",
      `${"a".repeat(64)}\n`,
    ]) {
      assert.throws(() => parseTreeHash(text), {
        code: "InvalidParameterValueException",
        message: `Invalid x-amz-sha256-tree-hash: ${text}`,
      });
    }
  });
});
