/**
 * Texts as long as a request may hold them, made of what a careless pattern would go over again and again: each takes
 * time that grows with its length and no faster. A pattern of quadratic time would take hours here.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { exchangeBytes, formatRequest } from "../support/wire-client.ts";
import {
  headOf,
  perform,
  performFor,
  startWireServer,
  type WireServer,
} from "../support/wire-server.ts";

const MIB = 1024 * 1024;

let server: WireServer;
before(async () => {
  server = await startWireServer();
});
after(() => server?.stop());

describe("long text", () => {
  it("is read in linear time wherever a header or parameter goes", async () => {
    const fillers = [
      " ",
      "\t",
      ",",
      ";",
      "=",
      "/",
      "%41",
      ":",
      "a",
      "a,",
      "${",
      "*",
      "\u00e9",
      "=,",
      "&",
      "Signature=",
    ];
    for (const filler of fillers) {
      const long = filler.repeat(Math.floor(28_000 / filler.length));
      const raw = Buffer.from(long, "latin1").toString("latin1");
      for (const name of [
        "Authorization",
        "Range",
        "Content-Range",
        "x-amz-archive-description",
        "Cookie",
      ]) {
        const head = headOf(server, {
          method: "GET",
          target: "/-/vaults/v",
          headers: [[name, `x${raw}x`]],
        });
        const answer = await exchangeBytes(server.port, formatRequest(head));
        assert.ok(answer.status >= 400 && answer.status < 500);
      }
      const target = `/-/vaults?marker=${encodeURIComponent(long).slice(0, 20_000).replace(/%.?$/, "")}`;
      const listed = await perform(server, { method: "GET", target });
      assert.ok(listed.status < 500);
    }
  });

  it("is read in linear time in the forms of the management services", async () => {
    const fillers = ["/", ":@"];
    for (const filler of fillers) {
      const long = filler.repeat(Math.floor(MIB / filler.length));
      for (const [service, parameters] of [
        ["iam", { Action: "CreateUser", UserName: long, Path: `/${long}/` }],
        ["iam", { Action: "PutUserPolicy", UserName: "u", PolicyName: "p", PolicyDocument: long }],
        ["sns", { Action: "Unsubscribe", SubscriptionArn: long }],
        ["sns", { Action: "Publish", TopicArn: `arn:aws:sns:${long}`, Message: long }],
        ["sqs", { Action: "SendMessage", QueueUrl: `http://x/${long}`, MessageBody: "x" }],
        ["sqs", { Action: "DeleteMessage", QueueUrl: long, ReceiptHandle: long }],
      ] as const) {
        const body = new URLSearchParams(parameters).toString().slice(0, 2 * MIB);
        const answer = await performFor(server, service, { body });
        assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
      }
    }
  });

  it("is read in linear time when a form has fifty thousand parameters", async () => {
    for (const name of ["a", "Attribute."]) {
      const pairs = Array.from({ length: 50_000 }, (_, index) => `${name}${index}=1`);
      const body = `Action=CreateQueue&QueueName=many&${pairs.join("&")}`;
      const answer = await performFor(server, "sqs", { body });
      assert.ok(answer.status < 500, `${answer.status}`);
    }
  });
});
