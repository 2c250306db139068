import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AccountId } from "./ids.ts";
import { findQueueKey, formatQueueArn, isQueueName } from "./queue.ts";

describe("queues", () => {
  it("are named by ARNs that read back", () => {
    const key = { accountId: "111122223333" as AccountId, region: "eu-west-1", name: "q-1_A" };
    assert.deepEqual(findQueueKey(formatQueueArn(key)), key);
    for (const text of ["q", "arn:aws:sns:eu-west-1:111122223333:q", "arn:aws:sqs:e:1111:q"]) {
      assert.equal(findQueueKey(text), undefined, text);
    }
  });

  it("have names of 1 to 80 letters, digits, hyphens and underscores", () => {
    assert.deepEqual(["", "x", "x".repeat(80), "x".repeat(81), "a.fifo"].map(isQueueName), [
      false,
      true,
      true,
      false,
      false,
    ]);
  });
});
