/** The clock of the machine jumps by a day, forwards and backwards, under a running service and across a restart. */
import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import {
  createGlacierClient,
  type GlacierClient,
  GlacierError,
} from "../support/glacier-client.ts";
import { makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { awaitSoundBlobs } from "./stored-blobs.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = DAY_MS / 24;
const preload = pathToFileURL(join(import.meta.dirname, "../support/shifted-clock.mjs")).href;
const [OPEN, LOCKED] = ["in-progress", "locked"] as const;

describe("a clock that jumps by a day", () => {
  let folder: string;
  let server: ServerProcess;
  let client: GlacierClient;
  let shiftMs = 0;
  const archiveIds: string[] = [];
  let firstJobId: string;
  let uploadId: string;

  const shift = async (nextMs: number): Promise<void> => {
    shiftMs = nextMs;
    await writeFile(join(folder, "clock.new"), String(nextMs));
    await rename(join(folder, "clock.new"), join(folder, "clock"));
  };
  const start = async (): Promise<void> => {
    const env = {
      NODE_OPTIONS: `--import=${preload}`,
      SHIFTED_CLOCK_FILE: join(folder, "clock"),
    };
    server = await startServer({
      dataDir: join(folder, "data"),
      env,
      flags: ["--log-level", "warn"],
    });
    client = createGlacierClient({ ...server, nowMs: () => Date.now() + shiftMs });
  };
  const retrieve = async (archiveId: string): Promise<string> => {
    const parameters = { Type: "archive-retrieval", ArchiveId: archiveId };
    const jobId = await client.initiateJob(OPEN, parameters);
    assert.equal((await client.awaitJob(OPEN, jobId)).StatusCode, "Succeeded");
    return jobId;
  };
  /** Uploads an archive under an id of its own, and gets every archive back. */
  const assertWorks = async (label: string): Promise<void> => {
    archiveIds.push(await client.uploadArchive(OPEN, makePayload(2000, label), label));
    assert.equal(new Set(archiveIds).size, archiveIds.length);
    for (const archiveId of archiveIds) {
      await retrieve(archiveId);
    }
  };
  const lockStateOf = async (vault: string): Promise<string> => {
    const path = `/-/vaults/${vault}/lock-policy`;
    try {
      return JSON.parse((await client.must({ method: "GET", path })).body.toString()).State;
    } catch (error) {
      assert.ok(error instanceof GlacierError && error.status === 404, String(error));
      return "None";
    }
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "moraine-clock-"));
    await shift(0);
    await start();
    for (const vault of [OPEN, LOCKED]) {
      await client.createVault(vault);
      const path = `/-/vaults/${vault}/lock-policy`;
      const body = Buffer.from(JSON.stringify({ Policy: denyDeletion(vault) }));
      const { headers } = await client.must({ method: "POST", path, body });
      if (vault === LOCKED) {
        await client.must({ method: "POST", path: `${path}/${headers["x-amz-lock-id"]}` });
      }
    }
    await assertWorks("at first");
    firstJobId = await retrieve(String(archiveIds[0]));
    uploadId = await client.initiateMultipartUpload(OPEN, 1024 * 1024);
    await client.uploadPart({ vault: OPEN, uploadId }, { start: 0, body: makePayload(10, "part") });
  });
  after(async () => {
    client?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("loses and repeats nothing when it goes back under a running service", async () => {
    const last = String(archiveIds.at(-1));
    await shift(-DAY_MS);
    await assertWorks("a day ago");
    const [before, later] = [last, String(archiveIds.at(-1))].map((id) =>
      Buffer.from(id, "base64url"),
    );
    assert.ok(
      Buffer.compare(before!, later!) < 0,
      "ids of one process grow whatever the clock does",
    );
    assert.ok((await client.getJobOutput(OPEN, firstJobId)).body.length > 0);
    assert.equal((await client.listParts(OPEN, uploadId)).length, 1);
    assert.deepEqual(
      [await lockStateOf(OPEN), await lockStateOf(LOCKED)],
      ["InProgress", "Locked"],
    );
  });

  it("lets the service start while it is a day behind", async () => {
    client.close();
    await server.kill9();
    await start();
    await assertWorks("a day ago, started again");
    assert.ok((await client.getJobOutput(OPEN, firstJobId)).body.length > 0);
    assert.deepEqual(
      [await lockStateOf(OPEN), await lockStateOf(LOCKED)],
      ["InProgress", "Locked"],
    );
  });

  it("ends what was to end within the day when it goes forward, and nothing else", async () => {
    await shift(DAY_MS + HOUR_MS);
    await assertWorks("tomorrow");
    assert.deepEqual([await lockStateOf(OPEN), await lockStateOf(LOCKED)], ["None", "Locked"]);
    const isGone = (error: unknown) => error instanceof GlacierError && error.status === 404;
    await assert.rejects(client.getJobOutput(OPEN, firstJobId), isGone);
    await awaitGone(() => client.listParts(OPEN, uploadId), isGone);
  });

  it("keeps the lock and every archive when it comes back", async () => {
    await shift(0);
    await assertWorks("today again");
    assert.equal(await lockStateOf(LOCKED), "Locked");
    const { body } = await client.must({ method: "GET", path: `/-/vaults/${OPEN}` });
    assert.equal(JSON.parse(body.toString()).NumberOfArchives, archiveIds.length);
    const { sound, ...unsound } = await awaitSoundBlobs(join(folder, "data"), 30_000);
    assert.deepEqual(unsound, { leftovers: [], missing: [], temporary: [] });
    assert.ok(sound >= archiveIds.length);
  });
});

function denyDeletion(vault: string): string {
  const Resource = `arn:aws:glacier:us-east-1:111122223333:vaults/${vault}`;
  const effect = { Principal: "*", Effect: "Deny", Action: "glacier:DeleteArchive", Resource };
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "keep", ...effect }] });
}

/** Background work finds what has expired within its interval of ten seconds. */
async function awaitGone(
  ask: () => Promise<unknown>,
  isGone: (error: unknown) => boolean,
): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    try {
      await ask();
    } catch (error) {
      assert.ok(isGone(error), String(error));
      return;
    }
    await sleep(200);
  }
  assert.fail("it is still there");
}
