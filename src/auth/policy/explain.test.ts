import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explain } from "./explain.ts";
import { OWNER, policyOf, requestOf, statementOf, userOf } from "./testing/policies.ts";

describe("explain", () => {
  it("lists every statement with the first element that does not fit", () => {
    const bob = { Principal: { AWS: userOf(OWNER, "bob").arn } };
    const age = { NumericGreaterThan: { "glacier:ArchiveAgeInDays": "30" } };
    const explanations = explain(
      requestOf({ context: { "glacier:archiveageindays": "12", "aws:securetransport": "false" } }),
      {
        identity: [
          policyOf("identity", [statementOf("Allow", { Action: "glacier:Get*" })], {
            name: "read",
          }),
          policyOf("identity", [statementOf("Allow", { NotResource: "*" })], { name: "other" }),
        ],
        access: policyOf("vault-access", [
          statementOf("Allow", { ...bob, Sid: "bob" }),
          statementOf("Allow", { Principal: { AWS: OWNER } }),
          statementOf("Allow", { NotPrincipal: { AWS: userOf(OWNER).arn } }),
          statementOf("Deny", { Principal: "*", NotAction: "glacier:Delete*" }),
        ]),
        lock: policyOf("vault-lock", [
          statementOf("Allow", { Principal: "*", Condition: age }),
          statementOf("Deny", {
            Principal: "*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ]),
      },
    );
    const rows = explanations.map((row) => [
      row.policyKind,
      row.policyName,
      row.statementIndex,
      row.sid,
      row.effect,
      row.isMatch ? row.reach : row.failedElement,
    ]);
    assert.deepEqual(rows, [
      ["identity", "read", 0, undefined, "Allow", "Action"],
      ["identity", "other", 0, undefined, "Allow", "NotResource"],
      ["vault-access", "vault-access", 0, "bob", "Allow", "Principal"],
      ["vault-access", "vault-access", 1, undefined, "Allow", "delegated"],
      ["vault-access", "vault-access", 2, undefined, "Allow", "NotPrincipal"],
      ["vault-access", "vault-access", 3, undefined, "Deny", "NotAction"],
      [
        "vault-lock",
        "vault-lock",
        0,
        undefined,
        "Allow",
        "Condition.NumericGreaterThan.glacier:ArchiveAgeInDays",
      ],
      ["vault-lock", "vault-lock", 1, undefined, "Deny", "directly"],
    ]);
  });
});
