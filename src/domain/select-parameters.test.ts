import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSelectParameters } from "./select-parameters.ts";

const plain = {
  Expression: "SELECT * FROM archive",
  ExpressionType: "SQL",
  InputSerialization: undefined,
  OutputSerialization: undefined,
};

describe("parseSelectParameters", () => {
  it("takes an expression of 128 000 characters, however many code units they have", () => {
    for (const character of ["x", "😀"]) {
      const longest = character.repeat(128_000);
      assert.equal(parseSelectParameters({ ...plain, Expression: longest }).expression, longest);
      const longer = { ...plain, Expression: `${longest}x` };
      assert.throws(() => parseSelectParameters(longer), /it has 128001 characters/);
    }
  });

  it("takes words in any case and keeps them as they were given", () => {
    for (const word of ["USE", "Use", "use", "iGNORE", "none"]) {
      const csv = {
        Comments: "#",
        FieldDelimiter: "\t",
        FileHeaderInfo: word,
        QuoteCharacter: undefined,
        QuoteEscapeCharacter: undefined,
        RecordDelimiter: undefined,
      };
      const parsed = parseSelectParameters({ ...plain, InputSerialization: { csv } });
      assert.equal(parsed.inputSerialization?.csv?.fileHeaderInfo, word);
    }
  });

  it("tells a serialization that was left out from one without csv", () => {
    assert.equal(parseSelectParameters(plain).inputSerialization, undefined);
    const empty = { ...plain, InputSerialization: { csv: undefined } };
    assert.deepEqual(parseSelectParameters(empty).inputSerialization, { csv: undefined });
  });

  it("refuses half of a surrogate pair, which no UTF-8 holds", () => {
    const half = { ...plain, Expression: "SELECT '\ud800' FROM archive" };
    assert.throws(() => parseSelectParameters(half), /surrogate pair/);
  });
});
