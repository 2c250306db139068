/** Answers that wait behind another one on a connection which then closes. */
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256Hex, treeHashHex } from "../support/test-bytes.ts";
import { openWire } from "../support/wire-client.ts";
import { perform, signedBytes, startWireServer, type WireServer } from "../support/wire-server.ts";

/** More than a connection holds for a client that reads nothing. */
const BODY = Buffer.alloc(24 * 1024 * 1024, "x");
const VAULT = "/-/vaults/v";
const BLOB_NAME = /^[0-9a-f]{32}$/;
const LATEST_MS = 20_000;
/** Longer than opening a file takes. */
const OPENING_MS = 200;

describe("a client that asks for two outputs, reads neither and hangs up", () => {
  let server: WireServer;
  let output = "";

  before(async () => {
    server = await startWireServer();
    await perform(server, { method: "PUT", target: VAULT });
    const stored = await perform(server, {
      method: "POST",
      target: `${VAULT}/archives`,
      headers: [
        ["x-amz-content-sha256", sha256Hex(BODY)],
        ["x-amz-sha256-tree-hash", treeHashHex(BODY)],
      ],
      body: BODY,
    });
    const ArchiveId = stored.headers.find(
      ([name]) => name.toLowerCase() === "x-amz-archive-id",
    )?.[1];
    const started = await perform(server, {
      method: "POST",
      target: `${VAULT}/jobs`,
      body: JSON.stringify({ Type: "archive-retrieval", ArchiveId }),
    });
    const jobId = started.headers.find(([name]) => name.toLowerCase() === "x-amz-job-id")?.[1];
    const job = { method: "GET", target: `${VAULT}/jobs/${jobId}` };
    await until(async () => (await perform(server, job)).body.includes("Succeeded"));
    output = `${job.target}/output`;
  });
  after(() => server?.stop());

  it("leaves no blob open", async () => {
    const wire = await openWire(server.port);
    await wire.send(Buffer.concat([ask(), ask()]));
    await until(() => countOpenBlobs() === 2);
    wire.destroy();
    await until(() => countOpenBlobs() === 0);
  });

  it("leaves no blob open when a CONNECT ends the connection", async () => {
    const wire = await openWire(server.port);
    await wire.send(Buffer.concat([ask(), ask(), Buffer.from("CONNECT / HTTP/1.1\r\n\r\n")]));
    await wire.awaitEnd();
    // Opened after the end, or before it: either way they are closed.
    await sleep(OPENING_MS);
    await until(() => countOpenBlobs() === 0);
    wire.destroy();
  });

  function ask(): Buffer {
    return signedBytes(server, { method: "GET", target: output });
  }

  /** Service and test are one process. */
  function countOpenBlobs(): number {
    const blobs = join(server.dataDir, "blobs/data");
    return readdirSync("/proc/self/fd")
      .map(linkOf)
      .filter((path) => path.startsWith(blobs) && BLOB_NAME.test(basename(path))).length;
  }
});

/** The descriptor that listed the folder is closed by now. */
function linkOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const latest = Date.now() + LATEST_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < latest, `not within ${LATEST_MS} ms`);
    await sleep(20);
  }
}
