/** Starting wrongly and stopping in the middle of things. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createGlacierClient } from "../support/glacier-client.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { runServe, type ServerProcess, startServer } from "../support/server-process.ts";
import { awaitSoundBlobs } from "./stored-blobs.ts";

const VAULT = "stopping";

describe("a stop", () => {
  let dataDir: string;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "moraine-stop-"));
  });
  after(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`by ${signal} lets an upload finish, drops idle connections and takes no new ones`, async () => {
      const server = await startServer({ dataDir });
      const client = createGlacierClient(server);
      try {
        await client.createVault(VAULT);
        const idle = await openIdleConnections(server, 5);
        const payload = makePayload(3 * MIB, signal);
        const upload = client.open({
          method: "POST",
          path: `/-/vaults/${VAULT}/archives`,
          headers: {
            "x-amz-content-sha256": payload.sha256,
            "x-amz-sha256-tree-hash": payload.treeHash,
          },
          body: { sizeBytes: payload.bytes.length, sha256: payload.sha256, chunks: () => [] },
        });
        const answer = once(upload, "response") as Promise<[IncomingMessage]>;
        upload.write(payload.bytes.subarray(0, MIB));
        await sleep(100);
        const startedAtMs = performance.now();
        server.signal(signal);
        await sleep(300);
        await assert.rejects(
          refusedRequest(server.apiUrl),
          "a new request is refused while the upload goes on",
        );
        upload.end(payload.bytes.subarray(MIB));
        const [response] = await answer;
        response.resume();
        assert.equal(response.statusCode, 201);
        assert.equal(response.headers["connection"], "close");
        const end = await server.ended;
        const tookMs = performance.now() - startedAtMs;
        assert.deepEqual(end, { code: 0, signal: null }, server.logs());
        assert.ok(tookMs < 10_000, `it took ${tookMs} ms`);
        idle.destroy();
      } finally {
        client.close();
        await server.stop();
      }
    });
  }

  it("ends within 10 s although an upload never ends, and leaves nothing of it behind", async () => {
    const server = await startServer({ dataDir });
    const client = createGlacierClient(server);
    try {
      const payload = makePayload(2 * MIB, "never ends");
      const upload = client.open({
        method: "POST",
        path: `/-/vaults/${VAULT}/archives`,
        headers: {
          "x-amz-content-sha256": payload.sha256,
          "x-amz-sha256-tree-hash": payload.treeHash,
        },
        body: { sizeBytes: payload.bytes.length, sha256: payload.sha256, chunks: () => [] },
      });
      upload.write(payload.bytes.subarray(0, MIB));
      await sleep(100);
      const startedAtMs = performance.now();
      const end = await server.stop();
      const tookMs = performance.now() - startedAtMs;
      assert.deepEqual(end, { code: 0, signal: null }, server.logs());
      assert.ok(tookMs < 10_500, `it took ${tookMs} ms`);
    } finally {
      client.close();
      await server.stop();
    }
    const again = await startServer({ dataDir });
    const { sound, ...unsound } = await awaitSoundBlobs(dataDir, 10_000);
    await again.stop();
    assert.deepEqual(unsound, { leftovers: [], missing: [], temporary: [] });
    assert.equal(sound, 2, "the two uploads that were answered");
  });
});

describe("a start", () => {
  it("is refused while another process uses the folder, which it names", async () => {
    const server = await startServer();
    try {
      const flags = ["--data-dir", server.dataDir, "--listen", "127.0.0.1:0"];
      const second = await runServe([...flags, "--console-listen", "off"]);
      assert.notEqual(second.code, 0);
      assert.notEqual(second.code, null, "it ends by itself");
      const text = second.stderr;
      assert.ok(text.includes(server.dataDir), text);
      assert.match(text, /is in use by process \d+/);
      assert.ok(text.includes(String(server.pid)), text);
      assert.ok(!text.includes("    at "), "no stack trace");
      const health = await fetch(`${server.consoleUrl}/health/ready`);
      assert.equal(health.status, 200, "the first one is not disturbed");
      await health.arrayBuffer();
    } finally {
      await server.stop();
    }
  });

  it("reports all wrong settings at once, with status 2", async () => {
    const result = await runServe(
      ["--listen", "nowhere", "--tier-delays", "Standard=soon", "--no-such-setting", "1"],
      { MORAINE_JOB_RETENTION: "-3h", MORAINE_ROOT_ACCESS_KEY_ID: "AKIDMORAINETESTROOT1" },
    );
    assert.equal(result.code, 2, result.stderr);
    for (const expected of [
      /listen.*nowhere/,
      /tier-delays.*Standard=soon/,
      /job-retention.*MORAINE_JOB_RETENTION.*-3h|MORAINE_JOB_RETENTION.*-3h/,
      /no-such-setting/,
      /root-secret-access-key/,
    ]) {
      assert.match(result.stderr, expected);
    }
    assert.ok(!result.stderr.includes("    at "), "no stack trace");
  });

  it("is refused when its address is taken, which it names", async () => {
    const server = await startServer();
    const dataDir = await mkdtemp(join(tmpdir(), "moraine-taken-"));
    try {
      const { host } = new URL(server.apiUrl);
      const result = await runServe([
        ...["--data-dir", dataDir, "--listen", host, "--console-listen", "off"],
      ]);
      assert.notEqual(result.code, 0);
      assert.notEqual(result.code, null, "it ends by itself");
      assert.ok(result.stderr.includes(host), result.stderr);
      assert.ok(!result.stderr.includes("    at "), "no stack trace");
    } finally {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

/** Connections that have answered one request and wait for the next, and one that never sent any. */
async function openIdleConnections(server: ServerProcess, count: number): Promise<Agent> {
  const agent = new Agent({ keepAlive: true });
  await Promise.all(
    Array.from({ length: count }, async () => {
      const [response] = (await once(get(`${server.apiUrl}/`, { agent }), "response")) as [
        IncomingMessage,
      ];
      response.resume();
      await once(response, "end");
    }),
  );
  const { hostname, port } = new URL(server.apiUrl);
  const silent = connect(Number(port), hostname);
  silent.on("error", () => undefined);
  await once(silent, "connect");
  return agent;
}

async function refusedRequest(apiUrl: string): Promise<void> {
  const response = await fetch(`${apiUrl}/-/vaults`, { signal: AbortSignal.timeout(3000) });
  await response.arrayBuffer();
}
