import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { USER_AGENT_MAX_CHARACTERS } from "../auth/policy/request.ts";
import type { AccountId } from "../domain/ids.ts";
import { contextOf } from "./policy-request.ts";

const principal = {
  accountId: "111122223333" as AccountId,
  arn: "arn:aws:iam::111122223333:root",
  isRoot: true,
  userId: "111122223333",
};
const resource = { tags: new Map<string, string>(), archiveCreatedAtMs: undefined };

function contextFrom(userAgent: string | undefined) {
  const circumstances = { sourceIp: "127.0.0.1", isSecure: false, userAgent, nowMs: 0 };
  return contextOf(principal, circumstances, resource);
}

describe("the context of a request", () => {
  it("holds a user agent up to its limit, and cuts a longer one there", () => {
    for (const length of [-1, 0, 1].map((more) => USER_AGENT_MAX_CHARACTERS + more)) {
      const [value] = contextFrom("u".repeat(length)).get("aws:useragent") ?? [];
      assert.equal(value?.length, Math.min(length, USER_AGENT_MAX_CHARACTERS));
    }
  });

  it("has no key for what the request does not have", () => {
    const context = contextFrom(undefined);
    assert.deepEqual(
      ["aws:useragent", "aws:username", "glacier:archiveageindays"].map((key) => context.has(key)),
      [false, false, false],
    );
    assert.deepEqual(context.get("aws:sourceip"), ["127.0.0.1"]);
  });
});
