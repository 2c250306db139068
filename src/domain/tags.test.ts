import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergeTags, parseTagKeys, parseTags, withoutTags } from "./tags.ts";

const refusal = { code: "InvalidParameterValueException" };

function tag(key: string, value = ""): ReadonlyMap<string, string> {
  return new Map([[key, value]]);
}

function numbered(count: number, from = 0): ReadonlyMap<string, string> {
  return new Map(Array.from({ length: count }, (_, index) => [`key${from + index}`, "v"]));
}

describe("parseTags", () => {
  it("refuses an absent member as missing and an empty one as invalid", () => {
    assert.throws(() => parseTags(undefined), {
      code: "MissingParameterValueException",
      message: "Required parameter missing: Tags",
    });
    assert.throws(() => parseTags(new Map()), refusal);
  });

  it("takes keys of 1, 127 and 128 characters and refuses none and 129", () => {
    for (const length of [1, 127, 128]) {
      assert.equal(parseTags(tag("k".repeat(length))).size, 1);
    }
    for (const length of [0, 129]) {
      assert.throws(() => parseTags(tag("k".repeat(length))), refusal);
    }
  });

  it("takes values of 0, 254 and 255 characters and refuses 256", () => {
    for (const length of [0, 254, 255]) {
      assert.equal(parseTags(tag("k", "v".repeat(length))).size, 1);
    }
    assert.throws(() => parseTags(tag("k", "v".repeat(256))), refusal);
  });

  it("counts a letter outside the basic plane as one character", () => {
    assert.equal(parseTags(tag("𝒜".repeat(128))).size, 1);
    assert.throws(() => parseTags(tag("𝒜".repeat(129))), refusal);
  });

  it("takes letters and digits of any script, spaces and the listed signs", () => {
    assert.equal(parseTags(tag("Größe 1 氷河 ٣ _./=+-@", "aws value")).size, 1);
  });

  it("refuses colons, controls and other signs in keys and values", () => {
    for (const sign of [":", "\t", "\n", "!", "*", "#", "\u{1F9CA}", "\ud800"]) {
      assert.throws(() => parseTags(tag(`k${sign}`)), refusal, sign);
      assert.throws(() => parseTags(tag("k", `v${sign}`)), refusal, sign);
    }
  });

  it("refuses keys that start with aws: in any case, naming the rule", () => {
    for (const key of ["aws:x", "AWS:x", "Aws:"]) {
      assert.throws(() => parseTags(tag(key)), { ...refusal, message: /must not start with aws:/ });
    }
    assert.equal(parseTags(tag("awsx")).size, 1);
  });
});

describe("parseTagKeys", () => {
  it("refuses absent keys as missing", () => {
    assert.throws(() => parseTagKeys(undefined), {
      code: "MissingParameterValueException",
      message: "Required parameter missing: TagKeys",
    });
  });

  it("takes 1, 49 and 50 keys and refuses none and 51", () => {
    for (const count of [1, 49, 50]) {
      assert.equal(parseTagKeys([...numbered(count).keys()]).length, count);
    }
    for (const count of [0, 51]) {
      assert.throws(() => parseTagKeys([...numbered(count).keys()]), refusal);
    }
  });
});

describe("mergeTags", () => {
  it("replaces values in place, appends new keys and tells keys apart by case", () => {
    const current = new Map([
      ["b", "1"],
      ["a", "2"],
    ]);
    const added = new Map([
      ["A", "4"],
      ["b", "3"],
    ]);
    assert.deepEqual(
      [...mergeTags(current, added)],
      [
        ["b", "3"],
        ["a", "2"],
        ["A", "4"],
      ],
    );
  });

  it("allows 49 and 50 resulting tags and refuses 51", () => {
    assert.equal(mergeTags(numbered(48), numbered(1, 48)).size, 49);
    assert.equal(mergeTags(numbered(49), numbered(1, 49)).size, 50);
    assert.equal(mergeTags(numbered(50), numbered(50)).size, 50);
    assert.throws(() => mergeTags(numbered(50), numbered(1, 50)), {
      code: "LimitExceededException",
    });
  });
});

describe("withoutTags", () => {
  it("removes known keys and passes over unknown ones", () => {
    assert.deepEqual(
      [...withoutTags(numbered(3), ["key1", "KEY2", "other"]).keys()],
      ["key0", "key2"],
    );
  });
});
