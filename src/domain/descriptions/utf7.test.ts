import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findUtf7Text } from "./utf7.ts";

/** Every character beyond letters and digits in a run of its own, as cautious writers do it. */
function encodeUtf7(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]+/g, (run) => {
    const bytes = Buffer.from(run, "utf16le").swap16();
    return `+${bytes.toString("base64").replaceAll("=", "")}-`;
  });
}

describe("findUtf7Text", () => {
  it("reads the examples of RFC 2152", () => {
    for (const [text, expected] of [
      ["A+ImIDkQ.", "A\u2262\u0391."],
      ["Hi Mom -+Jjo--!", "Hi Mom -\u263A-!"],
      ["+ZeVnLIqe-", "\u65E5\u672C\u8A9E"],
      ["Item 3 is +AKM-1.", "Item 3 is \u00A31."],
    ] as const) {
      assert.equal(findUtf7Text(text), expected);
    }
  });

  it("reads +- as the plus itself and all of ASCII as itself", () => {
    assert.equal(findUtf7Text("C+-+- code"), "C++ code");
    assert.equal(findUtf7Text("c:\\dir\\~f"), "c:\\dir\\~f");
    assert.equal(findUtf7Text(""), "");
  });

  it("refuses what is not UTF-7", () => {
    for (const text of [
      "+",
      "a+",
      "+ ",
      "+A",
      "+AP",
      "+AP-",
      "+APx",
      "+APwA",
      "+2D0-",
      "+3AA-",
      "ü",
    ]) {
      assert.equal(findUtf7Text(text), undefined, text);
    }
  });

  it("reads any text that was written as UTF-7", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        assert.equal(findUtf7Text(encodeUtf7(text)), text);
      }),
    );
  });
});
