import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Effect } from "./document.ts";
import { findPrincipalName, findReach } from "./principal.ts";
import { FOREIGN, OWNER, rootOf, userOf } from "./testing/policies.ts";

const alice = userOf(OWNER);
const aliceArn = alice.arn;
const root = rootOf(OWNER);
const foreigner = userOf(FOREIGN);

describe("findReach", () => {
  const plain: [names: string[], principal: typeof alice, expected: string | undefined][] = [
    [["*"], alice, "directly"],
    [["*"], foreigner, "directly"],
    [[OWNER], alice, "delegated"],
    [[OWNER], root, "directly"],
    [[OWNER], foreigner, undefined],
    [[root.arn], alice, "delegated"],
    [[aliceArn], alice, "directly"],
    [[aliceArn], root, undefined],
    [[aliceArn], foreigner, undefined],
    [[OWNER, aliceArn], alice, "directly"],
    [["arn:aws:iam::123456789012:user/Alice"], alice, undefined],
  ];
  for (const [names, principal, expected] of plain) {
    it(`says ${expected} for Principal ${names} and ${principal.arn}`, () => {
      assert.equal(reachOf(names, principal, { isNegated: false, effect: "Allow" }), expected);
    });
  }

  const negated: [names: string[], principal: typeof alice, allow: boolean, deny: boolean][] = [
    [[aliceArn], alice, false, false],
    [[aliceArn], userOf(OWNER, "bob"), true, true],
    [[aliceArn], root, true, true],
    [[OWNER], root, false, false],
    [[OWNER], alice, false, true],
    [[OWNER, aliceArn], alice, false, false],
    [[OWNER], foreigner, true, true],
  ];
  for (const [names, principal, allow, deny] of negated) {
    it(`lets NotPrincipal ${names} reach ${principal.arn} by Allow: ${allow}, by Deny: ${deny}`, () => {
      const reach = (effect: Effect) => reachOf(names, principal, { isNegated: true, effect });
      assert.deepEqual(
        [reach("Allow") === "directly", reach("Deny") === "directly"],
        [allow, deny],
      );
    });
  }
});

describe("findPrincipalName", () => {
  const illegal = [
    "",
    "alice",
    "1234567890123",
    "arn:aws:iam::123456789012:user/",
    "arn:aws:iam::123456789012:user/a?",
    "arn:aws:iam::123456789012:group/a",
    "arn:aws:iam::*:root",
    "arn:aws:iam::12345678901:root",
    "arn:aws:s3:::bucket",
    "AIDAEXAMPLE",
  ];
  for (const text of illegal) {
    it(`names nobody for "${text}"`, () => {
      assert.equal(findPrincipalName(text), undefined);
    });
  }

  it("takes the roles that documents from AWS name, though nobody here is one", () => {
    const arn = "arn:aws:sts::123456789012:assumed-role/backup/session";
    assert.deepEqual(findPrincipalName(arn), { kind: "arn", arn });
  });
});

function reachOf(
  names: readonly string[],
  principal: typeof alice,
  options: { readonly isNegated: boolean; readonly effect: Effect },
) {
  const principals = names.map(findPrincipalName).filter((name) => name !== undefined);
  assert.equal(principals.length, names.length);
  return findReach({ isNegated: options.isNegated, principals }, principal, options.effect);
}
