import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findClampedWholeNumber, findWholeNumber } from "./decimal.ts";

describe("findWholeNumber", () => {
  it("reads decimal digits, with or without leading zeros", () => {
    assert.equal(findWholeNumber("0"), 0);
    assert.equal(findWholeNumber("1048576"), 1_048_576);
    assert.equal(findWholeNumber("0042"), 42);
  });

  it("finds nothing in signs, fractions, exponents, spaces, other digits or an empty text", () => {
    for (const text of ["", "+1", "-1", "1.0", "1e3", " 1", "1 ", "0x10", "1_000", "١"]) {
      assert.equal(findWholeNumber(text), undefined, text);
    }
  });

  it("ends at 2^53-1", () => {
    assert.equal(findWholeNumber("9007199254740991"), Number.MAX_SAFE_INTEGER);
    assert.equal(findWholeNumber("9007199254740992"), undefined);
    assert.equal(findWholeNumber("9".repeat(400)), undefined);
  });
});

describe("findClampedWholeNumber", () => {
  it("cuts numbers above the maximum, however long, to it", () => {
    assert.equal(findClampedWholeNumber("9", 10), 9);
    assert.equal(findClampedWholeNumber("10", 10), 10);
    assert.equal(findClampedWholeNumber("11", 10), 10);
    assert.equal(findClampedWholeNumber("9".repeat(400), 10), 10);
    assert.equal(findClampedWholeNumber("ten", 10), undefined);
  });
});
