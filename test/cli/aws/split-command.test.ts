import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { quoteWord, splitCommand } from "../../../src/cli/aws/split-command.ts";

describe("splitCommand", () => {
  it("keeps what quotes and backslashes protect", () => {
    assert.deepEqual(splitCommand("less -R  '-P a b'"), ["less", "-R", "-P a b"]);
    assert.deepEqual(splitCommand('a\\ b "c \\" d" e"f"'), ["a b", 'c " d', "ef"]);
    assert.deepEqual(splitCommand("  "), []);
  });

  it("reads back every word that was quoted", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1 })), (words) => {
        assert.deepEqual(splitCommand(words.map(quoteWord).join(" ")), words);
      }),
    );
  });
});
