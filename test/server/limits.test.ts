/** What a client is told that asks too much, and that it may go on afterwards. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import {
  exchangeBytes,
  formatRequest,
  type HeaderList,
  openWire,
  signHead,
  type WireAnswer,
} from "../support/wire-client.ts";
import {
  headOf,
  perform,
  signedBytes,
  startWireServer,
  type WireCall,
  type WireServer,
} from "../support/wire-server.ts";

const VAULT = "/-/vaults/busy";
const LIST: WireCall = { method: "GET", target: "/-/vaults" };

async function withServer(
  flags: Readonly<Record<string, string>>,
  run: (server: WireServer) => Promise<void>,
): Promise<void> {
  const server = await startWireServer(flags);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

function uploadOf(body: string, more: HeaderList = []): WireCall {
  const bytes = Buffer.from(body);
  const headers: HeaderList = [
    ["x-amz-content-sha256", sha256Hex(bytes)],
    ["x-amz-sha256-tree-hash", treeHashHex(bytes)],
    ...more,
  ];
  return { method: "POST", target: `${VAULT}/archives`, headers, body };
}

function assertThrottled(answer: WireAnswer, message: RegExp): void {
  assert.equal(answer.status, 400);
  assert.equal(answer.header("content-type"), "application/json");
  const { code, type, message: text } = answer.json();
  assert.deepEqual({ code, type }, { code: "ThrottlingException", type: "Client" });
  assert.match(String(text), message);
}

describe("the request rate", () => {
  it("refuses what comes faster, as the contract says, and takes the connection's next request", async () => {
    await withServer({ "request-rate": "1:3" }, async (server) => {
      const wire = await openWire(server.port);
      const ask = async () => {
        await wire.send(signedBytes(server, LIST));
        return await wire.receive();
      };
      for (let round = 0; round < 3; round += 1) {
        assert.equal((await ask()).status, 200);
      }
      assertThrottled(await ask(), /^Rate exceeded$/);
      await sleep(1100);
      assert.equal((await ask()).status, 200);
      wire.destroy();
    });
  });

  it("refuses an upload without asking for its body", async () => {
    await withServer({ "request-rate": "1:1" }, async (server) => {
      assert.equal((await perform(server, LIST)).status, 200);
      const call = uploadOf("never sent", [["Expect", "100-continue"]]);
      const head = signHead(
        headOf(server, call),
        Buffer.from("never sent"),
        server.signing("us-east-1"),
      );
      const answer = await exchangeBytes(server.port, formatRequest(head));
      assert.deepEqual(answer.interim, []);
      assertThrottled(answer, /^Rate exceeded$/);
    });
  });

  it("does not count what others send in the name of a key", async () => {
    await withServer({ "request-rate": "1:1" }, async (server) => {
      const forged = { ...server.signing("us-east-1"), secretAccessKey: "forged" };
      const head = signHead(headOf(server, LIST), new Uint8Array(), forged);
      for (let round = 0; round < 5; round += 1) {
        assert.equal((await exchangeBytes(server.port, formatRequest(head))).status, 403);
      }
      assert.equal((await perform(server, LIST)).status, 200);
    });
  });

  it("speaks the words of the query protocol to management requests", async () => {
    await withServer({ "request-rate": "1:1" }, async (server) => {
      const body = "Action=GetCallerIdentity&Version=2011-06-15";
      const call: WireCall = { method: "POST", target: "/", body };
      const signing = { ...server.signing("us-east-1"), service: "sts" };
      const bytes = formatRequest(
        signHead(headOf(server, call), Buffer.from(body), signing),
        Buffer.from(body),
      );
      assert.equal((await exchangeBytes(server.port, bytes)).status, 200);
      const refused = await exchangeBytes(server.port, bytes);
      assert.equal(refused.status, 400);
      assert.match(refused.body.toString(), /<Code>Throttling<\/Code><Message>Rate exceeded</);
    });
  });
});

describe("the limit of uploads", () => {
  it("refuses a body beyond it unread, takes the next once there is a place, and keeps reads going", async () => {
    await withServer({ "max-uploads": "1" }, async (server) => {
      assert.equal((await perform(server, { method: "PUT", target: VAULT })).status, 201);
      const slow = await openWire(server.port);
      const bytes = signedBytes(server, uploadOf("a slow body"));
      await slow.send(bytes.subarray(0, bytes.length - 5));
      await sleep(200);

      const second = await openWire(server.port);
      await second.send(signedBytes(server, uploadOf("second")));
      assertThrottled(await second.receive(), /^Rate exceeded: 1 request bodies/);
      const expecting = uploadOf("second", [["Expect", "100-continue"]]);
      const head = signHead(
        headOf(server, expecting),
        Buffer.from("second"),
        server.signing("us-east-1"),
      );
      assert.deepEqual((await exchangeBytes(server.port, formatRequest(head))).interim, []);
      assert.equal((await perform(server, LIST)).status, 200);

      await slow.send(bytes.subarray(bytes.length - 5));
      assert.equal((await slow.receive()).status, 201);
      await second.send(signedBytes(server, uploadOf("second")));
      assert.equal((await second.receive()).status, 201);
      slow.destroy();
      second.destroy();
    });
  });

  it("frees the place of a client that left", async () => {
    await withServer({ "max-uploads": "1" }, async (server) => {
      assert.equal((await perform(server, { method: "PUT", target: VAULT })).status, 201);
      const slow = await openWire(server.port);
      const bytes = signedBytes(server, uploadOf("a slow body"));
      await slow.send(bytes.subarray(0, bytes.length - 5));
      await sleep(200);
      slow.destroy();
      await sleep(200);
      assert.equal((await perform(server, uploadOf("next"))).status, 201);
    });
  });

  it("does not count a request that only waits for messages", async () => {
    await withServer({ "max-uploads": "1" }, async (server) => {
      const signing = { ...server.signing("us-east-1"), service: "sqs" };
      const bytesOf = (body: string) => {
        const call: WireCall = { method: "POST", target: "/", body };
        const head = signHead(headOf(server, call), Buffer.from(body), signing);
        return formatRequest(head, Buffer.from(body));
      };
      const version = "Version=2012-11-05";
      const created = await exchangeBytes(
        server.port,
        bytesOf(`Action=CreateQueue&QueueName=q&${version}`),
      );
      const url = /<QueueUrl>([^<]+)</.exec(created.body.toString())?.[1] ?? "";
      const waiting = await openWire(server.port);
      await waiting.send(
        bytesOf(
          `Action=ReceiveMessage&WaitTimeSeconds=3&QueueUrl=${encodeURIComponent(url)}&${version}`,
        ),
      );
      await sleep(200);
      assert.equal((await perform(server, { method: "PUT", target: VAULT })).status, 201);
      assert.equal((await perform(server, uploadOf("meanwhile"))).status, 201);
      assert.equal((await waiting.receive()).status, 200);
      waiting.destroy();
    });
  });
});

describe("the limit of connections", () => {
  it("answers one too many once, closes it, and takes a new one when another has ended", async () => {
    await withServer({ "max-connections": "2" }, async (server) => {
      const open = [await openWire(server.port), await openWire(server.port)];
      const [first, second] = open;
      await first!.send(signedBytes(server, LIST));
      assert.equal((await first!.receive()).status, 200);
      const surplus = await openWire(server.port);
      await surplus.send(signedBytes(server, LIST));
      const answer = await surplus.receive();
      assertThrottled(answer, /^Rate exceeded: 2 connections are open/);
      assert.equal(answer.header("connection")?.toLowerCase(), "close");
      await surplus.awaitEnd();
      second!.destroy();
      await sleep(100);
      assert.equal((await perform(server, LIST)).status, 200);
      await first!.send(signedBytes(server, LIST));
      assert.equal((await first!.receive()).status, 200);
      first!.destroy();
    });
  });
});
