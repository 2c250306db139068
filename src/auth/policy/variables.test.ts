import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { joinParts, matchesPattern } from "./match.ts";
import { findPattern, findVariableKeys, type PatternScope, widenVariables } from "./variables.ts";

describe("findPattern", () => {
  const values: [text: string, expected: string | undefined][] = [
    [`vaults/\${aws:username}`, "vaults/alice"],
    [`\${AWS:UserName}`, "alice"],
    [`\${aws:PrincipalAccount}/\${aws:username}`, "123456789012/alice"],
    [`\${aws:userid}`, undefined],
    [`\${aws:userid, 'nobody'}`, "nobody"],
    [`\${aws:userid,''}`, ""],
    [`\${aws:username, 'nobody'}`, "alice"],
    [`\${glacier:ResourceTag/team, 'none'}`, "none"],
    [`\${*}\${?}\${$}`, "*?$"],
    ["100$", "100$"],
  ];
  for (const [text, expected] of values) {
    it(`gives ${expected} for ${text}`, () => {
      const parts = findPattern(text, scopeOf());
      assert.equal(parts && joinParts(parts), expected);
    });
  }

  it("keeps wildcards of the text and takes those of a value literally", () => {
    const scope = scopeOf({ "aws:username": ["a*"] });
    const parts = findPattern(`*/\${aws:username}`, scope) ?? [];
    assert.equal(matchesPattern(parts, "x/a*"), true);
    assert.equal(matchesPattern(parts, "x/ab"), false);
  });

  it("has no wildcards in the special characters", () => {
    assert.equal(matchesPattern(findPattern(`a\${*}`, scopeOf()) ?? [], "abc"), false);
  });

  it("gives no value for a key of several values", () => {
    const scope = scopeOf({ "aws:username": ["a", "b"] });
    assert.equal(findPattern(`\${aws:username}`, scope), undefined);
    assert.equal(joinParts(findPattern(`\${aws:username, 'x'}`, scope) ?? []), "x");
  });

  it("leaves variables as text in the older version of the language", () => {
    const parts = findPattern(`\${aws:username}`, { ...scopeOf(), hasVariables: false });
    assert.equal(parts && joinParts(parts), `\${aws:username}`);
  });
});

describe("findVariableKeys", () => {
  for (const text of [
    `\${`,
    `\${}`,
    `\${username}`,
    `\${aws:}`,
    `\${aws:a,b}`,
    `\${a:b, 'c}`,
    `\${a:b, 'c'd}`,
  ]) {
    it(`finds ${text} malformed`, () => {
      assert.equal(findVariableKeys(text), undefined);
    });
  }

  it("lists the keys of all variables as written", () => {
    const text = `a\${aws:UserName}b\${*}\${glacier:ResourceTag/my team, 'x'}`;
    assert.deepEqual(findVariableKeys(text), ["aws:UserName", "glacier:ResourceTag/my team"]);
  });

  it("agrees with widenVariables on where variables stand, for any text", () => {
    const unit = fc.constantFrom("$", "{", "}", "a:b", "*", ",", "'", " ", `\${a:b}`);
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        if (findVariableKeys(text) !== undefined) {
          assert.equal(widenVariables(text).includes(`\${`), false, text);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

function scopeOf(context: Readonly<Record<string, readonly string[]>> = {}): PatternScope {
  const values = { "aws:username": ["alice"], "aws:principalaccount": ["123456789012"] };
  const entries = Object.entries<readonly string[]>({ ...values, ...context });
  return { context: new Map(entries), hasVariables: true, effect: "Allow" };
}
