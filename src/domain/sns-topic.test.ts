import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSnsTopic } from "./sns-topic.ts";

const prefix = "arn:aws:sns:us-east-1:111122223333:";

describe("parseSnsTopic", () => {
  it("takes an absent topic and topic ARNs of any partition as they stand", () => {
    assert.equal(parseSnsTopic(undefined), undefined);
    for (const arn of [`${prefix}mytopic`, "arn:aws-us-gov:sns:us-gov-west-1:111122223333:A_b-9"]) {
      assert.equal(parseSnsTopic(arn), arn);
    }
  });

  it("takes names of 1, 255 and 256 characters and refuses none and 257", () => {
    for (const length of [1, 255, 256]) {
      assert.equal(parseSnsTopic(prefix + "t".repeat(length)), prefix + "t".repeat(length));
    }
    for (const length of [0, 257]) {
      assert.throws(() => parseSnsTopic(prefix + "t".repeat(length)), {
        code: "InvalidParameterValueException",
      });
    }
  });

  it("refuses other services, short accounts, missing parts and other characters", () => {
    const texts = [
      "",
      "mytopic",
      "arn:aws:sqs:us-east-1:111122223333:q",
      "arn:aws:sns:us-east-1:11112222333:t",
      "arn:aws:sns::111122223333:t",
      `${prefix}a.b`,
      `${prefix}a:b`,
      ` ${prefix}t`,
    ];
    for (const text of texts) {
      assert.throws(() => parseSnsTopic(text), {
        message: `Invalid SNS topic ARN: ${text}. It must have the form arn:aws:sns:<region>:<account>:<name>.`,
      });
    }
  });
});
