import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AccountId } from "./ids.ts";
import {
  findTopicArnOfSubscription,
  findTopicKey,
  formatTopicArn,
  isTopicName,
  maskPassword,
} from "./topic.ts";

const key = { accountId: "111122223333" as AccountId, region: "eu-west-1", name: "a_B-9" };

describe("topics", () => {
  it("are named by ARNs that read back", () => {
    assert.deepEqual(findTopicKey(formatTopicArn(key)), key);
    for (const text of [
      "",
      "t",
      "arn:aws:sns:eu-west-1:1111:t",
      "arn:aws:sqs:eu-west-1:111122223333:t",
      "arn:aws:sns:eu-west-1:111122223333:t:5d8c8a3e-0000-4000-8000-000000000000",
      "arn:aws:sns:eu-west-1:111122223333:a b",
    ]) {
      assert.equal(findTopicKey(text), undefined, text);
    }
  });

  it("have names of 1 to 256 letters, digits, hyphens and underscores", () => {
    assert.deepEqual(["", "x", "x".repeat(256), "x".repeat(257), "a.b", "a_b-C"].map(isTopicName), [
      false,
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  it("are found in the ARNs of their subscriptions", () => {
    const arn = formatTopicArn(key);
    const uuid = "5d8c8a3e-0000-4000-8000-000000000000";
    assert.equal(findTopicArnOfSubscription(`${arn}:${uuid}`), arn);
    assert.equal(findTopicArnOfSubscription(arn), undefined);
    assert.equal(findTopicArnOfSubscription("PendingConfirmation"), undefined);
  });
});

describe("maskPassword", () => {
  it("hides a password and nothing else", () => {
    assert.equal(maskPassword("https://u:p@ss@host:1/a@b"), "https://u:****@host:1/a@b");
    for (const endpoint of ["http://host:80/a:b@c", "http://u@host/", "arn:aws:sqs:x:1:q"]) {
      assert.equal(maskPassword(endpoint), endpoint);
    }
  });
});
