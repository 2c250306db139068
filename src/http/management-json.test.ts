import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ManagementError } from "../domain/management-error.ts";
import { sqs } from "../protocol/query/sqs.ts";
import type { Exchange } from "./exchange.ts";
import {
  decodeJsonInput,
  findJsonAction,
  formatJsonResult,
  renderJsonError,
} from "./management-json.ts";

const exchangeWith = (target: string) =>
  ({ headers: new Map([["x-amz-target", target]]) }) as unknown as Exchange;
const receive = sqs.actions.ReceiveMessage;

describe("management requests in AWS JSON", () => {
  it("name their action in the target header", () => {
    assert.equal(findJsonAction(sqs, exchangeWith("AmazonSQS.SendMessage")), "SendMessage");
    assert.equal(findJsonAction(sqs, exchangeWith("Other.SendMessage")), undefined);
  });

  it("are read by the same row as the query protocol's", () => {
    const body = '{"QueueUrl":"u","MaxNumberOfMessages":3,"AttributeNames":["All"],"New":1}';
    const input = decodeJsonInput(receive, Buffer.from(body));
    assert.equal(input["MaxNumberOfMessages"], 3);
    assert.deepEqual(input["AttributeNames"], ["All"]);
    assert.equal(input["VisibilityTimeout"], undefined);
    assert.equal("New" in input, false);
  });

  it("are refused when they are not JSON, or have a member of another type", () => {
    for (const body of ["{", "[]", '{"MaxNumberOfMessages":"3"}']) {
      assert.throws(() => decodeJsonInput(receive, Buffer.from(body)), {
        code: "SerializationException",
        status: 400,
      });
    }
    assert.deepEqual(decodeJsonInput(receive, Buffer.from("null")), {});
  });

  it("are answered without members that have no value", () => {
    assert.equal(formatJsonResult(receive, { Messages: null }), "{}");
    assert.equal(formatJsonResult(sqs.actions.DeleteQueue, undefined), "{}");
    const message = { MessageId: "m", ReceiptHandle: "h", MD5OfBody: "d", Body: "b" };
    assert.equal(
      formatJsonResult(receive, { Messages: [{ ...message, Attributes: null }] }),
      '{"Messages":[{"MessageId":"m","ReceiptHandle":"h","MD5OfBody":"d","Body":"b"}]}',
    );
  });

  it("are refused with the type of JSON and the code of the query protocol", () => {
    const code = "AWS.SimpleQueueService.NonExistentQueue";
    const rendered = renderJsonError(sqs, new ManagementError(400, code, "gone"), "r");
    assert.equal(
      rendered.body,
      '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}',
    );
    assert.equal(new Map(rendered.headers).get("x-amzn-query-error"), `${code};Sender`);
  });
});
