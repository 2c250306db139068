import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { matchesPattern, matchesWildcard } from "./match.ts";

describe("matchesWildcard", () => {
  const cases: [pattern: string, text: string, expected: boolean][] = [
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["*", "anything: at all", true],
    ["?", "", false],
    ["?", "a", true],
    ["?", "ab", false],
    ["a*", "abc", true],
    ["a*", "ba", false],
    ["*c", "abc", true],
    ["a*c*e", "abcde", true],
    ["a*c*e", "abcd", false],
    ["a**b", "ab", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*a*a*a*", "aa", false],
    ["*ab", "aab", true],
    ["Glacier:*", "glacier:x", false],
    ["arn:*:vaults/x", "arn:aws:glacier:us-west-2:1:vaults/x", true],
    ["?", "😀", true],
    ["a.c", "abc", false],
  ];
  for (const [pattern, text, expected] of cases) {
    it(`says ${expected} for "${pattern}" and "${text}"`, () => {
      assert.equal(matchesWildcard(pattern, text), expected);
    });
  }

  it("agrees with a regular expression on small inputs", () => {
    const alphabet = fc.constantFrom("a", "b", "*", "?", "😀", "$");
    const pattern = fc.string({ unit: alphabet, maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "😀", "$"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        assert.equal(matchesWildcard(p, t), referenceRegex(p).test(t));
      }),
      { numRuns: 2000 },
    );
  });

  it("matches across the borders of its 32-bit words", () => {
    for (const length of [30, 31, 32, 33, 63, 64, 65, 200]) {
      const text = "ab".repeat(length).slice(0, length);
      assert.equal(matchesWildcard(`${text}*`, `${text}rest`), true, String(length));
      assert.equal(matchesWildcard(`*${text}`, `x${text}`), true, String(length));
      assert.equal(matchesWildcard(`?${text}`, `x${text}`), true, String(length));
      assert.equal(matchesWildcard(`${text}?`, text), false, String(length));
      assert.equal(matchesWildcard(`${text}x*`, `${text}y`), false, String(length));
    }
  });

  it("needs few steps for a pattern that makes backtracking matchers explode", () => {
    const meter = { steps: 0 };
    const pattern = `${"*a".repeat(5_000)}*b`;
    const text = "a".repeat(8_000);
    assert.equal(matchesWildcard(pattern, text, meter), false);
    const words = 5_001 / 32 + 1;
    assert.ok(meter.steps <= (text.length + 3) * words + 5_001, `${meter.steps} steps`);
  });
});

describe("matchesPattern", () => {
  it("takes wildcards of literal parts for themselves", () => {
    const parts = [
      { text: "a*", isLiteral: false },
      { text: "*?", isLiteral: true },
    ];
    assert.equal(matchesPattern(parts, "abc*?"), true);
    assert.equal(matchesPattern(parts, "abcde"), false);
  });

  it("compares a pattern of literal parts only as text", () => {
    assert.equal(matchesPattern([{ text: "*", isLiteral: true }], "*"), true);
    assert.equal(matchesPattern([{ text: "*", isLiteral: true }], "a"), false);
  });
});

function referenceRegex(pattern: string): RegExp {
  const source = [...pattern].map((character) =>
    character === "*" ? ".*" : character === "?" ? "." : RegExp.escape(character),
  );
  return new RegExp(`^${source.join("")}$`, "su");
}
