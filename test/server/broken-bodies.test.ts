/** Bodies that break off, against a service in a process of its own, which an uncaught error would end. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import {
  exchangeBytes,
  formatRequest,
  openWire,
  signHead,
  type WireHead,
} from "../support/wire-client.ts";

const BODY = Buffer.alloc(3000, "x");

describe("a client that ends its side in the middle of a body", () => {
  let server: ServerProcess;
  let port = 0;

  before(async () => {
    server = await startServer();
    port = Number(new URL(server.apiUrl).port);
    const made = await exchangeBytes(port, bytesOf("PUT", "/-/vaults/v"));
    assert.equal(made.status, 201);
  });
  after(() => server?.stop());

  function bytesOf(
    method: string,
    target: string,
    body = Buffer.alloc(0),
    secret?: string,
  ): Buffer {
    const head: WireHead = {
      method,
      target,
      headers: [
        ["Host", `127.0.0.1:${port}`],
        ["x-amz-glacier-version", "2012-06-01"],
        ["x-amz-content-sha256", sha256Hex(body)],
        ["x-amz-sha256-tree-hash", treeHashHex(body)],
        ["Content-Length", String(body.length)],
      ],
    };
    const { accessKeyId, secretAccessKey } = server.credentials;
    const keys = { accessKeyId, secretAccessKey: secret ?? secretAccessKey };
    return formatRequest(signHead(head, body, { ...keys, region: "us-east-1" }), body);
  }

  /** Sends the beginning of the request and its end in one go: the body breaks before anybody asks for it. */
  async function breakOff(bytes: Buffer): Promise<void> {
    const wire = await openWire(port);
    await wire.send(bytes.subarray(0, bytes.length - 1));
    wire.end();
    await wire.awaitEnd();
    wire.destroy();
  }

  for (const [what, make] of [
    ["of an archive", () => bytesOf("POST", "/-/vaults/v/archives", BODY)],
    ["of an archive without a vault", () => bytesOf("POST", "/-/vaults/absent/archives", BODY)],
    ["that is signed wrongly", () => bytesOf("POST", "/-/vaults/v/lock-policy", BODY, "wrong")],
    ["of a job", () => bytesOf("POST", "/-/vaults/v/jobs", BODY)],
    ["of a queue", () => bytesOf("POST", "/", BODY, "wrong")],
  ] satisfies [string, () => Buffer][]) {
    it(`ends nothing but its own request: a body ${what}`, async () => {
      for (let round = 0; round < 20; round += 1) {
        await breakOff(make());
      }
      const answer = await exchangeBytes(port, bytesOf("GET", "/-/vaults/v"));
      assert.equal(answer.status, 200);
    });
  }
});
