/** What happens around a body that is received from a lent connection, on that connection and to its service. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFile } from "../../src/std/package-file-node.ts";
import { describePayload, MIB, makePayload, type Payload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import {
  formatRequest,
  type HeaderList,
  openWire,
  signHead,
  type Wire,
  type WireAnswer,
} from "../support/wire-client.ts";

const PAYLOAD = makePayload(5 * MIB + 12_345, "life");
const NOTHING = makePayload(0, "nothing");
const LATEST_MS = 20_000;
const isBuilt = existsSync(packageFile("native/build/moraine.node"));
const options = { skip: !isBuilt && "there is no native/build/moraine.node: no compiler" };

let server: ServerProcess;
let wire: Wire;

function requestOf(
  [method, target]: readonly [string, string],
  body: Payload = NOTHING,
  more: HeaderList = [],
): Buffer {
  const headers: HeaderList = [
    ["Host", new URL(server.apiUrl).host],
    ["x-amz-glacier-version", "2012-06-01"],
    ["x-amz-content-sha256", body.sha256],
    ["x-amz-sha256-tree-hash", body.treeHash],
    ["Content-Length", String(body.bytes.length)],
    ...more,
  ];
  const keys = { ...server.credentials, region: "us-east-1" };
  return formatRequest(signHead({ method, target, headers }, body.bytes, keys), body.bytes);
}

const UPLOAD = ["POST", "/-/vaults/v/archives"] as const;

async function exchange(bytes: Buffer): Promise<WireAnswer> {
  await wire.send(bytes);
  return await wire.receive();
}

async function connect(): Promise<Wire> {
  return await openWire(Number(new URL(server.apiUrl).port));
}

async function start(): Promise<void> {
  server = await startServer();
  assert.match(server.logs(), /"receiving":"lent connections"/);
  wire = await connect();
  assert.equal((await exchange(requestOf(["PUT", "/-/vaults/v"]))).status, 201);
  wire.destroy();
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const latest = Date.now() + LATEST_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < latest, `it took longer than ${LATEST_MS} ms`);
    await sleep(20);
  }
}

/** The target of an archive's output once it can be had. */
async function retrieve(archiveId: string): Promise<string> {
  const text = JSON.stringify({ Type: "archive-retrieval", ArchiveId: archiveId });
  const begun = await exchange(
    requestOf(["POST", "/-/vaults/v/jobs"], describePayload(Buffer.from(text))),
  );
  const job = `/-/vaults/v/jobs/${begun.header("x-amz-job-id")}`;
  await until(async () => {
    const answer = await exchange(requestOf(["GET", job]));
    return answer.json()["StatusCode"] === "Succeeded";
  });
  return `${job}/output`;
}

describe("a connection that was lent for a body", options, () => {
  before(start);
  after(() => server?.stop());
  beforeEach(async () => {
    wire = await connect();
  });
  afterEach(() => wire.destroy());

  it("gives the archive back, takes another body, and gives that back", async () => {
    for (let round = 0; round < 2; round += 1) {
      const stored = await exchange(requestOf(UPLOAD, PAYLOAD));
      assert.equal(stored.status, 201);
      const output = await retrieve(String(stored.header("x-amz-archive-id")));
      const download = await exchange(requestOf(["GET", output]));
      assert.equal(download.status, 200);
      assert.ok(download.body.equals(PAYLOAD.bytes));
    }
  });

  it("takes the body of a client that waits to be asked for it", async () => {
    const bytes = requestOf(UPLOAD, PAYLOAD, [["Expect", "100-continue"]]);
    const head = bytes.length - PAYLOAD.bytes.length;
    await wire.send(bytes.subarray(0, head));
    assert.equal(await wire.receiveInterim(), 100);
    assert.equal((await exchange(bytes.subarray(head))).status, 201);
    assert.equal((await exchange(requestOf(["GET", "/-/vaults/v"]))).status, 200);
  });
});

describe(
  "a service that is stopped while a body is received from a lent connection",
  options,
  () => {
    it("answers the upload first", async () => {
      await start();
      wire = await connect();
      const bytes = requestOf(UPLOAD, PAYLOAD);
      await wire.send(bytes.subarray(0, 3 * MIB));
      const temporary = join(server.dataDir, "blobs", "tmp");
      await until(() => readdirSync(temporary).length > 0);
      server.signal("SIGTERM");
      await until(() => server.logs().includes('"stopping"'));
      await wire.send(bytes.subarray(3 * MIB));
      assert.equal((await wire.receive()).status, 201);
      await wire.awaitEnd();
      assert.deepEqual(await server.ended, { code: 0, signal: null });
      await server.stop();
    });
  },
);
