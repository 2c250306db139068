import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { conditionHolds } from "./condition.ts";
import { conditionOperators } from "./condition-operators/condition-operators.ts";
import type { Effect } from "./document.ts";
import { policyOf, statementOf } from "./testing/policies.ts";

type Row = [operator: string, policy: unknown, request: string | readonly string[], holds: boolean];

const plainRows: Row[] = [
  ["StringEquals", "a", "a", true],
  ["StringEquals", "a", "A", false],
  ["StringEquals", ["x", "a"], "a", true],
  ["StringEquals", "a*", "ab", false],
  ["StringEquals", "", "", true],
  ["StringEquals", "a", ["b", "a"], true],
  ["StringNotEquals", "a", "b", true],
  ["StringNotEquals", "a", "a", false],
  ["StringNotEquals", ["a", "b"], "b", false],
  ["StringNotEquals", "a", ["a", "b"], false],
  ["StringEqualsIgnoreCase", "aB", "Ab", true],
  ["StringEqualsIgnoreCase", "a", "b", false],
  ["StringNotEqualsIgnoreCase", "aB", "Ab", false],
  ["StringNotEqualsIgnoreCase", "a", "b", true],
  ["StringLike", "a*c?", "abcd", true],
  ["StringLike", "a*c?", "abc", false],
  ["StringLike", ["true", ""], "", true],
  ["StringNotLike", "a*", "abc", false],
  ["StringNotLike", "a*", "bc", true],
  ["NumericEquals", 365, "365", true],
  ["NumericEquals", "365.0", "365", true],
  ["NumericEquals", "365", "x", false],
  ["NumericNotEquals", "365", "364", true],
  ["NumericNotEquals", "365", "365", false],
  ["NumericLessThan", "365", "364", true],
  ["NumericLessThan", "365", "365", false],
  ["NumericLessThan", "365", "none", false],
  ["NumericLessThanEquals", "365", "365", true],
  ["NumericLessThanEquals", "365", "366", false],
  ["NumericGreaterThan", "-1.5", "-1", true],
  ["NumericGreaterThan", "365", "365", false],
  ["NumericGreaterThanEquals", "365", "365", true],
  ["NumericGreaterThanEquals", "365", "364", false],
  ["DateEquals", "2026-01-31", "2026-01-31T00:00:00Z", true],
  ["DateEquals", "2026", "2026-01-01T00:00:00.000Z", true],
  ["DateEquals", "2026-02", "1769904000", true],
  ["DateEquals", "2026-01-31T10:00+01:00", "2026-01-31T09:00:00Z", true],
  ["DateEquals", "2026-01-31", "2026-01-31T00:00:01Z", false],
  ["DateNotEquals", "2026-01-31", "2026-01-31T00:00:01Z", true],
  ["DateNotEquals", "2026-01-31", "2026-01-31T00:00:00Z", false],
  ["DateLessThan", "2026-01-31T00:00:00Z", "2026-01-30T23:59:59.999Z", true],
  ["DateLessThan", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", false],
  ["DateLessThanEquals", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", true],
  ["DateLessThanEquals", "2026-01-31", "2026-02-01T00:00:00Z", false],
  ["DateGreaterThan", "1769904000", "2026-02-01T00:00:01Z", true],
  ["DateGreaterThan", "1769904000", "2026-02-01T00:00:00Z", false],
  ["DateGreaterThanEquals", "1769904000", "1769904000", true],
  ["DateGreaterThanEquals", "1769904000", "yesterday", false],
  ["Bool", true, "true", true],
  ["Bool", "True", "true", true],
  ["Bool", "false", "true", false],
  ["Bool", "true", "yes", false],
  ["BinaryEquals", "QUJD", "QUJD", true],
  ["BinaryEquals", "QUJD", "QUJE", false],
  ["IpAddress", "192.0.2.0/24", "192.0.2.9", true],
  ["IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::9", true],
  ["IpAddress", "192.0.2.0/24", "198.51.100.1", false],
  ["IpAddress", "192.0.2.0/24", "unknown", false],
  ["NotIpAddress", "192.0.2.0/24", "198.51.100.1", true],
  ["NotIpAddress", ["192.0.2.0/24", "198.51.100.0/24"], "198.51.100.1", false],
  ["ArnEquals", "arn:aws:iam::123456789012:user/*", "arn:aws:iam::123456789012:user/a", true],
  ["ArnEquals", "arn:aws:iam::1:user/a", "arn:aws:iam::1:user/b", false],
  ["ArnLike", "arn:aws:iam::*:user/a", "arn:aws:iam::1:user/a", true],
  ["ArnLike", "arn:*:user/*:::a", "arn:aws:iam::1:user/a", false],
  ["ArnLike", "arn:aws:*::user/a:b", "arn:aws:iam::1:user/a:b", false],
  ["ArnLike", "arn:aws:sns:*:*:a:*", "arn:aws:sns:r:1:a:b:c", true],
  ["ArnLike", "*", "arn:aws:iam::1:user/a", true],
  ["ArnLike", "*", "alice", false],
  ["ArnNotEquals", "arn:aws:iam::1:user/a", "arn:aws:iam::1:user/b", true],
  ["ArnNotEquals", "arn:aws:iam::1:user/a", "arn:aws:iam::1:user/a", false],
  ["ArnNotLike", "arn:aws:iam::1:*", "arn:aws:iam::2:user/b", true],
  ["ArnNotLike", "arn:aws:iam::1:*", "arn:aws:iam::1:user/b", false],
  ["Null", "true", "a", false],
  ["Null", "false", "a", true],
  ["Null", "false", "", true],
];

const quantifiedRows: Row[] = [
  ["ForAnyValue:StringEquals", ["a", "b"], ["x", "b"], true],
  ["ForAnyValue:StringEquals", ["a", "b"], ["x", "y"], false],
  ["ForAllValues:StringEquals", ["a", "b"], ["b", "a"], true],
  ["ForAllValues:StringEquals", ["a", "b"], ["b", "x"], false],
  ["ForAnyValue:StringNotEquals", ["a", "b"], ["a", "x"], true],
  ["ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], false],
  ["ForAllValues:StringNotLike", ["a*"], ["b", "c"], true],
  ["ForAllValues:StringNotLike", ["a*"], ["b", "ab"], false],
  ["ForAnyValue:NumericLessThan", "5", ["9", "4"], true],
  ["ForAllValues:IpAddressIfExists", "10.0.0.0/8", ["10.1.1.1", "10.2.2.2"], true],
  ["ForAllValues:IpAddressIfExists", "10.0.0.0/8", ["10.1.1.1", "11.2.2.2"], false],
];

describe("conditionHolds", () => {
  for (const [operator, policy, request, expected] of [...plainRows, ...quantifiedRows]) {
    it(`says ${expected} for ${operator} ${JSON.stringify(policy)} on ${JSON.stringify(request)}`, () => {
      const values = typeof request === "string" ? [request] : request;
      assert.equal(holds(operator, policy, values), expected);
    });
  }

  it("has a row for every operator, matching and not", () => {
    for (const name of conditionOperators.keys()) {
      const outcomes = plainRows.filter(([operator]) => operator === name).map((row) => row[3]);
      assert.deepEqual(new Set(outcomes), new Set([true, false]), name);
    }
  });

  const absentValue: Record<string, string> = {
    String: "a",
    Numeric: "1",
    Date: "2026",
    Bool: "true",
    Binary: "QUJD",
    Ip: "10.0.0.0/8",
    NotIp: "10.0.0.0/8",
    Arn: "*",
  };
  for (const name of conditionOperators.keys()) {
    if (name === "Null") {
      continue;
    }
    const value = Object.entries(absentValue).find(([prefix]) => name.startsWith(prefix))?.[1];
    it(`lets ${name} hold for an absent key only when it is negated or asks IfExists`, () => {
      assert.equal(holds(name, value, []), name.includes("Not"));
      assert.equal(holds(`${name}IfExists`, value, []), true);
      assert.equal(holds(`ForAnyValue:${name}`, value, []), false);
      assert.equal(holds(`ForAllValues:${name}`, value, []), true);
      assert.equal(holds(`ForAnyValue:${name}IfExists`, value, []), true);
    });
  }

  it("asks Null whether the key is absent", () => {
    assert.equal(holds("Null", "true", []), true);
    assert.equal(holds("Null", "false", []), false);
    assert.equal(holds("Null", ["true", "false"], []), true);
  });

  it("looks keys up without regard to letter case, tag keys included", () => {
    const [condition] = conditionsOf({ StringEquals: { "GLACIER:resourceTAG/LegalHold": "true" } });
    const context = new Map([["glacier:resourcetag/legalhold", ["true"]]]);
    assert.ok(condition);
    assert.equal(conditionHolds(condition, { context, hasVariables: true, effect: "Deny" }), true);
  });

  it("puts the caller's name into text and ARNs", () => {
    assert.equal(holds("StringLike", `\${aws:username}-*`, ["alice-1"]), true);
    assert.equal(holds("StringLike", `\${aws:username}-*`, ["bob-1"]), false);
    const ownArn = `arn:aws:iam::1:user/\${aws:username}`;
    assert.equal(holds("ArnEquals", ownArn, ["arn:aws:iam::1:user/alice"]), true);
    assert.equal(holds("ArnEquals", ownArn, ["arn:aws:iam::1:user/bob"]), false);
  });

  it("compares with a whole ARN from a variable part by part", () => {
    const arn = "arn:aws:iam::1:user/alice";
    assert.equal(holds("ArnEquals", `\${aws:PrincipalArn}`, [arn]), true);
    assert.equal(holds("ArnEquals", `\${aws:PrincipalArn}`, [`${arn}x`]), false);
  });

  it("never lets an Allow gain from a variable without value", () => {
    const unknown = `\${aws:userid}`;
    assert.equal(holds("StringEquals", unknown, ["a"], "Allow"), false);
    assert.equal(holds("StringNotEquals", unknown, ["a"], "Allow"), false);
    assert.equal(holds("StringNotEquals", unknown, ["a"], "Deny"), true);
    assert.equal(holds("StringNotEquals", `\${aws:userid, 'b'}`, ["a"], "Allow"), true);
  });
});

/** The condition asks for the user agent, as any key of one or more texts. */
function holds(
  operator: string,
  policy: unknown,
  values: readonly string[],
  effect: Effect = "Allow",
): boolean {
  const [condition] = conditionsOf({ [operator]: { "aws:UserAgent": policy } });
  assert.ok(condition);
  const context = new Map([
    ["aws:useragent", values],
    ["aws:username", ["alice"]],
    ["aws:principalarn", ["arn:aws:iam::1:user/alice"]],
  ]);
  return conditionHolds(condition, { context, hasVariables: true, effect });
}

function conditionsOf(condition: Readonly<Record<string, unknown>>) {
  const statement = statementOf("Deny", { Principal: "*", Condition: condition });
  return policyOf("vault-lock", [statement]).document.statements[0]?.conditions ?? [];
}
