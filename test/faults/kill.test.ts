/** `kill -9` at random moments: what was acknowledged is there after the restart, and nothing is half there. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createGlacierClient,
  type GlacierClient,
  GlacierError,
} from "../support/glacier-client.ts";
import { sha256Of, treeHashOf } from "../support/payload.ts";
import { crashServer, type ServerProcess, startServer } from "../support/server-process.ts";
import {
  type ArchiveEntry,
  createLedger,
  type Observation,
  reconcile,
  type UploadEntry,
} from "./ledger.ts";
import { PART_BYTES, startLoad } from "./load.ts";
import { awaitSoundBlobs, compareBlobs } from "./stored-blobs.ts";

const rounds = Number(process.env["ROUNDS"] ?? 50);
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));
const VAULT = "killed";
const SAMPLE = 8;
/** `ENCRYPTED=1` runs the same with encrypted archives. */
const isEncrypted = process.env["ENCRYPTED"] === "1";
const flags = ["--job-retention", "10s", "--log-level", "warn"];

describe(`kill -9 under load (SEED=${seed}${isEncrypted ? ", encrypted" : ""})`, () => {
  const ledger = createLedger();
  const random = createRandom(seed);
  let dataDir: string;
  let keyFile = "";
  let server: ServerProcess;
  let client: GlacierClient;

  const start = async (): Promise<void> => {
    server = await startServer({ dataDir, flags });
    client = createGlacierClient(server);
  };

  /** What is visible now, checked against the ledger. */
  const check = async (label: string): Promise<void> => {
    const faults = reconcile(ledger, await observe(client), PART_BYTES);
    assert.deepEqual(faults, [], `${label}, SEED=${seed}\n${server.logs()}`);
    assert.doesNotMatch(server.logs(), /"level":"(error|fatal)"/, `${label}, SEED=${seed}`);
  };

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "moraine-kill-"));
    if (isEncrypted) {
      keyFile = `${dataDir}.key`;
      await writeFile(keyFile, randomBytes(32));
      flags.push("--encryption-key-file", keyFile);
    }
    await start();
    await client.createVault(VAULT);
  });
  after(async () => {
    client?.close();
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
    await rm(keyFile, { force: true });
  });

  it(`keeps every acknowledged archive and part over ${rounds} crashes`, async (t) => {
    for (let round = 1; round <= rounds; round += 1) {
      const load = startLoad({ client, vault: VAULT, ledger, random, workers: 8 });
      await sleep(30 + random() * 1170);
      await server.kill9();
      load.stop();
      await load.done;
      client.close();
      assert.deepEqual(load.surprises, [], `round ${round}`);
      const doubtful = [...ledger.archives.values()].filter(({ state }) =>
        state.endsWith("InDoubt"),
      );
      const completions = [...ledger.uploads.values()].filter(
        ({ state }) => state === "CompleteInDoubt",
      );
      if (random() < 0.3) {
        await crashServer({ dataDir, flags }, 150 + random() * 700);
      }
      await start();
      await check(`round ${round}`);
      await Promise.all(completions.map((upload) => verifyRetry(client, upload)));
      const adopted = doubtful.filter(({ state }) => state === "Stored");
      const stored = [...ledger.archives.values()].filter(({ state }) => state === "Stored");
      await verify(client, [...adopted, ...sample(stored, random)]);
      const gone = [...ledger.archives.values()].filter((entry) => isGone(entry));
      await Promise.all(sample(gone, random).map((entry) => verifyGone(client, entry)));
    }
    t.diagnostic(
      `${rounds} rounds, ${ledger.acknowledged} operations acknowledged, ${ledger.inDoubt} in doubt`,
    );
  });

  it("gives back every byte of every archive after the last crash", async (t) => {
    const stored = [...ledger.archives.values()].filter(({ state }) => state === "Stored");
    await verify(client, stored);
    t.diagnostic(`${stored.length} archives verified, 0 lost`);
  });

  it("leaves no file that nothing refers to, and misses none", async (t) => {
    await awaitSoundBlobs(dataDir, 30_000);
    client.close();
    assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.logs());
    const { sound, ...unsound } = await compareBlobs(dataDir);
    assert.deepEqual(unsound, { leftovers: [], missing: [], temporary: [] });
    t.diagnostic(`${sound} blob files, all referred to`);
  });
});

describe("a new data folder", () => {
  it("survives crashes at any moment of the first start", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "moraine-first-"));
    try {
      for (let afterMs = 150; afterMs <= 700; afterMs += 50) {
        await crashServer({ dataDir, generateRoot: true }, afterMs);
      }
      const server = await startServer({ dataDir, generateRoot: true });
      const client = createGlacierClient(server);
      await client.createVault(VAULT);
      client.close();
      assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.logs());
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

async function observe(client: GlacierClient): Promise<Observation> {
  const jobId = await client.initiateJob(VAULT, { Type: "inventory-retrieval" });
  const job = await client.awaitJob(VAULT, jobId);
  assert.equal(job.StatusCode, "Succeeded", job.StatusMessage);
  const inventory = JSON.parse((await client.getJobOutput(VAULT, jobId)).body.toString());
  const uploads = await client.listMultipartUploads(VAULT);
  return {
    archives: inventory.ArchiveList.map((row: Record<string, unknown>) => ({
      archiveId: row["ArchiveId"],
      description: row["ArchiveDescription"],
      sizeBytes: row["Size"],
      treeHash: row["SHA256TreeHash"],
    })),
    uploads: await Promise.all(
      uploads.map(async (upload) => {
        const parts = await client.listParts(VAULT, upload.MultipartUploadId);
        return {
          uploadId: upload.MultipartUploadId,
          description: String(upload.ArchiveDescription),
          parts: new Map(
            parts.map((part) => [Number.parseInt(part.RangeInBytes, 10), part.SHA256TreeHash]),
          ),
        };
      }),
    ),
  };
}

/** Retrieves the archives and compares every byte by its hashes, eight at once. */
async function verify(client: GlacierClient, entries: readonly ArchiveEntry[]): Promise<void> {
  const queue = [...entries];
  const work = async (): Promise<void> => {
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const parameters = { Type: "archive-retrieval", ArchiveId: entry.archiveId };
      const jobId = await client.initiateJob(VAULT, parameters);
      const job = await client.awaitJob(VAULT, jobId);
      assert.equal(job.StatusCode, "Succeeded", `${entry.description}: ${job.StatusMessage}`);
      const { body, headers } = await client.getJobOutput(VAULT, jobId);
      const { sizeBytes, sha256, treeHash } = entry.content;
      assert.equal(body.length, sizeBytes, entry.description);
      assert.equal(sha256Of(body), sha256, entry.description);
      assert.equal(treeHashOf(body), treeHash, entry.description);
      assert.equal(headers["x-amz-sha256-tree-hash"], treeHash, entry.description);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

function isGone(entry: ArchiveEntry): boolean {
  return entry.state === "Absent" && entry.archiveId !== undefined;
}

async function verifyGone(client: GlacierClient, entry: ArchiveEntry): Promise<void> {
  const parameters = { Type: "archive-retrieval", ArchiveId: entry.archiveId };
  await assert.rejects(
    client.initiateJob(VAULT, parameters),
    (error) => error instanceof GlacierError && error.status === 404,
    `${entry.description} was deleted`,
  );
}

/** A completion whose answer was lost gives the same archive when it is asked for again. */
async function verifyRetry(client: GlacierClient, entry: UploadEntry): Promise<void> {
  if (entry.archive?.state === "Stored") {
    const upload = { vault: VAULT, uploadId: String(entry.uploadId) };
    const archiveId = await client.completeMultipartUpload(upload, entry.archive.content);
    assert.equal(archiveId, entry.archive.archiveId, entry.description);
  }
}

function sample<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return Array.from({ length: Math.min(SAMPLE, items.length) }, () => {
    return items[Math.floor(random() * items.length)]!;
  });
}

/** The generator "mulberry32": numbers from 0 to 1 that depend on the seed alone. */
function createRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
