import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SelectRunError } from "./errors.ts";
import { compileLike } from "./like.ts";
import { LIKE_RUN_MAX_CHARACTERS } from "./wildcard-search.ts";

/** LIKE by its definition: whether some division of the text satisfies the pattern, tried out in full. */
function matchesByDefinition(text: readonly string[], pattern: readonly string[]): boolean {
  const [head, ...tail] = pattern;
  if (head === undefined) {
    return text.length === 0;
  }
  if (head === "%") {
    return (
      text.some((_, at) => matchesByDefinition(text.slice(at), tail)) ||
      matchesByDefinition([], tail)
    );
  }
  const [first, ...rest] = text;
  return first !== undefined && (head === "_" || head === first) && matchesByDefinition(rest, tail);
}

const character = fc.constantFrom("a", "b", "\u{1f600}");
const part = fc.constantFrom("a", "b", "\u{1f600}", "%", "_");

describe("compileLike", () => {
  it("agrees with the definition of LIKE on short texts and patterns", () => {
    fc.assert(
      fc.property(
        fc.array(character, { maxLength: 9 }),
        fc.array(part, { maxLength: 8 }),
        (text, pattern) => {
          const expected = matchesByDefinition(text, pattern);
          assert.equal(compileLike(pattern.join(""), undefined)(text.join("")), expected);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("finds runs that span several words of its state", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b"), { minLength: 20, maxLength: 120 }),
        fc.array(fc.nat(119), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (run, holes, spoil) => {
          const pattern = run.map((one, at) => (holes.includes(at) ? "_" : one));
          const text = spoil ? run.map((one, at) => (at === 7 && one === "a" ? "b" : one)) : run;
          const expected = matchesByDefinition(text, pattern);
          const matches = compileLike(`%${pattern.join("")}%`, undefined);
          assert.equal(matches(`ab${text.join("")}c`), expected || matches(`ab${text.join("")}`));
          assert.equal(!spoil && !matches(`ab${run.join("")}c`), false);
        },
      ),
    );
  });

  it("reads each character of a long text once, whatever the pattern", () => {
    const text = "a".repeat(200_000);
    for (const pattern of [
      `${"%a".repeat(500)}%b`,
      `${"%_a".repeat(500)}%b`,
      `%_${"a".repeat(1_000)}b%`,
      `%${"a_".repeat(500)}b%_`,
      `${"%".repeat(1_000)}b`,
    ]) {
      assert.equal(compileLike(pattern, undefined)(text), false, pattern.slice(0, 20));
    }
  });

  it("bounds runs with _ between two %, and no others", () => {
    const run = `_${"a".repeat(LIKE_RUN_MAX_CHARACTERS - 1)}`;
    assert.equal(compileLike(`%${run}%`, undefined)(`xx${run}`), true);
    assert.throws(
      () => compileLike(`%${run}a%`, undefined),
      (error) =>
        error instanceof SelectRunError &&
        error.code === "LikeInvalidInputs" &&
        error.message.includes("at most 1024 characters between two %"),
    );
    const long = "a".repeat(5_000);
    assert.equal(compileLike(`%${long}%`, undefined)(long), true);
    assert.equal(compileLike(`_${long}%${long}_`, undefined)(`x${long}${long}y`), true);
  });
});
