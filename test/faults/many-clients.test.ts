/** Many clients at once: slow ones, idle ones, and large uploads side by side, within a bound of memory. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, statfs } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createGlacierClient, type GlacierClient } from "../support/glacier-client.ts";
import { combineTreeHashes, MIB, makePayload, sha256Of } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { awaitSoundBlobs } from "./stored-blobs.ts";

const VAULT = "many";
const SLOW_CLIENTS = 200;
const SLOW_PIECES = 10;
/** None of the slow ones ends before these were answered. */
const QUICK_UPLOADS = 20;
const IDLE_CONNECTIONS = 2000;
const PARALLEL_UPLOADS = 64;
const UPLOAD_MIB = 32;
const RESIDENT_MAX_MIB = 400;

describe("many clients", { skip: await whyNot() }, () => {
  let dataDir: string;
  let server: ServerProcess;
  let client: GlacierClient;

  const open = (body: { sizeBytes: number; sha256: string; treeHash: string }) =>
    client.open({
      method: "POST",
      path: `/-/vaults/${VAULT}/archives`,
      headers: { "x-amz-content-sha256": body.sha256, "x-amz-sha256-tree-hash": body.treeHash },
      body: { ...body, chunks: () => [] },
    });

  const start = async (flags: readonly string[] = []) => {
    server = await startServer({ dataDir, flags: ["--log-level", "warn", ...flags] });
    client = createGlacierClient({ ...server, maxSockets: 512, timeoutMs: 120_000 });
  };

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "moraine-many-"));
    await start();
    await client.createVault(VAULT);
  });
  after(async () => {
    client?.close();
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it(`serves quick requests while ${SLOW_CLIENTS} clients send slowly, and then has all they sent`, async () => {
    const payload = makePayload(300_000, "slow");
    const body = { ...payload, sizeBytes: payload.bytes.length };
    const released = Promise.withResolvers<void>();
    const slow = Array.from({ length: SLOW_CLIENTS }, async () => {
      const request = open(body);
      const answer = once(request, "response") as Promise<[IncomingMessage]>;
      const pieceBytes = body.sizeBytes / SLOW_PIECES;
      for (let piece = 1; piece < SLOW_PIECES; piece += 1) {
        request.write(payload.bytes.subarray((piece - 1) * pieceBytes, piece * pieceBytes));
        await sleep(100);
      }
      await released.promise;
      request.end(payload.bytes.subarray((SLOW_PIECES - 1) * pieceBytes));
      const [response] = await answer;
      response.resume();
      return response.statusCode;
    });
    for (let quick = 0; quick < QUICK_UPLOADS; quick += 1) {
      await client.uploadArchive(VAULT, makePayload(1000, `quick ${quick}`));
    }
    released.resolve();
    assert.deepEqual(new Set(await Promise.all(slow)), new Set([201]));
    const { body: vault } = await client.must({ method: "GET", path: `/-/vaults/${VAULT}` });
    assert.equal(JSON.parse(vault.toString()).NumberOfArchives, SLOW_CLIENTS + QUICK_UPLOADS);
  });

  it(`serves requests beside ${IDLE_CONNECTIONS} idle connections, and lets go of them`, async (t) => {
    const { hostname, port } = new URL(server.apiUrl);
    const descriptors = async () => (await readdir(`/proc/${server.pid}/fd`)).length;
    const before = await descriptors();
    const sockets: Socket[] = [];
    for (let opened = 0; opened < IDLE_CONNECTIONS; opened += 100) {
      const batch = Array.from({ length: 100 }, async () => {
        const socket = connect(Number(port), hostname);
        socket.on("error", () => undefined);
        await once(socket, "connect");
        sockets.push(socket);
      });
      await Promise.all(batch);
    }
    await client.uploadArchive(VAULT, makePayload(70_000, "beside"));
    const during = await descriptors();
    t.diagnostic(`${during - before} descriptors more, ${await readPeakMib(server.pid)} MiB peak`);
    for (const socket of sockets) {
      socket.destroy();
    }
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
      if ((await descriptors()) <= before + 20) {
        break;
      }
      await sleep(50);
    }
    assert.ok((await descriptors()) <= before + 20, "descriptors of closed connections");
    await client.uploadArchive(VAULT, makePayload(80_000, "afterwards"));
  });

  it(`takes ${PARALLEL_UPLOADS} uploads of ${UPLOAD_MIB} MiB at once under ${RESIDENT_MAX_MIB} MiB`, async (t) => {
    // The peak of a process is that of its whole life, and thousands of connections are in this one's.
    client.close();
    await server.stop();
    await start();
    await uploadAtOnce(client);
    const peakMib = await readPeakMib(server.pid);
    t.diagnostic(`peak ${peakMib} MiB resident`);
    assert.ok(peakMib < RESIDENT_MAX_MIB, `peak was ${peakMib} MiB`);
    const { sound, ...unsound } = await awaitSoundBlobs(dataDir, 10_000);
    assert.deepEqual(unsound, { leftovers: [], missing: [], temporary: [] });
    assert.ok(sound >= PARALLEL_UPLOADS);
  });

  it("does the same while a mirror gets a copy of each, and both are whole", async (t) => {
    client.close();
    await server.stop();
    await rm(dataDir, { recursive: true });
    const mirrorDir = await mkdtemp(join(tmpdir(), "moraine-many-mirror-"));
    try {
      await start(["--mirror-dir", mirrorDir]);
      await client.createVault(VAULT);
      await uploadAtOnce(client);
      const peakMib = await readPeakMib(server.pid);
      t.diagnostic(`peak ${peakMib} MiB resident`);
      assert.ok(peakMib < RESIDENT_MAX_MIB, `peak was ${peakMib} MiB`);
      const { sound, ...unsound } = await awaitSoundBlobs(dataDir, 10_000);
      assert.deepEqual(unsound, { leftovers: [], missing: [], temporary: [] });
      assert.equal(sound, PARALLEL_UPLOADS);
      assert.equal(await countFiles(join(mirrorDir, "blobs", "data")), PARALLEL_UPLOADS);
    } finally {
      await server.stop();
      await rm(mirrorDir, { recursive: true, force: true });
    }
  });
});

/** Sends the parallel uploads, and checks what each was answered. */
async function uploadAtOnce(client: GlacierClient): Promise<void> {
  const chunk = Buffer.alloc(MIB, "parallel");
  const hasher = createHash("sha256");
  for (let index = 0; index < UPLOAD_MIB; index += 1) {
    hasher.update(chunk);
  }
  const hashes = {
    sha256: hasher.digest("hex"),
    treeHash: combineTreeHashes(Array.from({ length: UPLOAD_MIB }, () => sha256Of(chunk))),
  };
  const answers = Array.from({ length: PARALLEL_UPLOADS }, async () => {
    const response = await client.must({
      method: "POST",
      path: `/-/vaults/${VAULT}/archives`,
      headers: {
        "x-amz-content-sha256": hashes.sha256,
        "x-amz-sha256-tree-hash": hashes.treeHash,
      },
      body: {
        sizeBytes: UPLOAD_MIB * MIB,
        sha256: hashes.sha256,
        chunks: () => Array.from({ length: UPLOAD_MIB }, () => chunk),
      },
    });
    return response.headers["x-amz-sha256-tree-hash"];
  });
  assert.deepEqual(new Set(await Promise.all(answers)), new Set([hashes.treeHash]));
}

async function countFiles(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

/** The most memory the process ever had resident, in MiB (proc(5), VmHWM). */
async function readPeakMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}

async function whyNot(): Promise<string | false> {
  if (process.platform !== "linux") {
    return "descriptors and memory are read from /proc, on Linux only";
  }
  const limits = await readFile("/proc/self/limits", "utf8");
  const descriptors = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.MAX_VALUE);
  if (descriptors < IDLE_CONNECTIONS + 1000) {
    return `${descriptors} open files are too few for ${IDLE_CONNECTIONS} connections`;
  }
  const { bavail, bsize } = await statfs(tmpdir());
  const needed = 2 * PARALLEL_UPLOADS * UPLOAD_MIB * MIB * 1.2;
  return bavail * bsize > needed ? false : `${tmpdir()} has too little space for ${needed} bytes`;
}
