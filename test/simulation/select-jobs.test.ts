/** Single courses of events of select jobs, with a query that copies its archive. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ArchiveId, JobId } from "../../src/domain/ids.ts";
import type { Job } from "../../src/domain/job.ts";
import { MIB, SELECT_PART_MAX_BYTES } from "../../src/domain/limits.ts";
import { ResultStoreError } from "../../src/domain/result-store-error.ts";
import type { ResultStore } from "../../src/ports/result-store.ts";
import type { SelectRunner } from "../../src/ports/select-runner.ts";
import { FAILING_EXPRESSION } from "../support/copying-select-runner.ts";
import { BUCKET, PREFIX } from "../support/select-builders.ts";
import { Client } from "./client.ts";
import {
  DAY_MS,
  type Decorators,
  HOUR_MS,
  MINUTE_MS,
  type Node,
  SECOND_MS,
  World,
  type WorldSettings,
} from "./world.ts";

interface Stage {
  readonly world: World;
  readonly node: Node;
  readonly client: Client;
  readonly vaultId: number;
}

const EXPRESSION = "SELECT * FROM archive";
const DUE_MS = 3 * MINUTE_MS;

async function setUp(
  decorate: Partial<Decorators> = {},
  settings: Partial<WorldSettings> = {},
): Promise<Stage> {
  const world = await World.open(settings);
  const node = await world.boot(decorate);
  const client = new Client(world, node);
  const { vaultId } = await client.createVault("tables");
  return { world, node, client, vaultId };
}

async function upload({ client, node, vaultId }: Stage, data: Uint8Array): Promise<ArchiveId> {
  const archiveId = node.ids.archiveId();
  await client.uploadArchive(vaultId, { archiveId, data, description: undefined });
  return archiveId;
}

async function query(
  { client, node, vaultId }: Stage,
  archiveId: ArchiveId,
  expression = EXPRESSION,
): Promise<JobId> {
  const jobId = node.ids.jobId();
  await client.initiateSelect(vaultId, jobId, { archiveId, expression, tier: "Expedited" });
  return jobId;
}

async function tearDown({ world }: Stage): Promise<void> {
  await world.crash();
  await world.close();
}

async function find({ world }: Stage, jobId: JobId): Promise<Job> {
  return (await world.metadata.jobs.find(jobId))!;
}

/** Names of the job's objects, below its path. */
function objectsOf({ world }: Stage, jobId: JobId): readonly string[] {
  const path = `${BUCKET}/${PREFIX}/${jobId}/`;
  const names = [...world.results.objects.keys()].filter((name) => name.startsWith(path));
  return names.map((name) => name.slice(path.length)).sort();
}

const FAILED = ["error_manifest.txt", "errors/error-00000.json", "job.txt"];
const SUCCEEDED = ["job.txt", "result_manifest.txt", "results/part-00000.csv"];

async function expectFailure(stage: Stage, jobId: JobId, message: RegExp): Promise<void> {
  const job = await find(stage, jobId);
  assert.ok(job.status === "Failed", job.status);
  assert.match(job.message, message);
  assert.deepEqual(objectsOf(stage, jobId), FAILED);
}

/** Buckets that fail what `fault` says while it says anything. */
function withFault(fault: () => Error | undefined): Partial<Decorators> {
  const check = () => {
    const error = fault();
    if (error !== undefined) {
      throw error;
    }
  };
  return {
    results: (store: ResultStore) => ({
      ...store,
      openWriter: async (destination, key) => {
        if (!key.endsWith("job.txt")) {
          check();
        }
        return await store.openWriter(destination, key);
      },
    }),
  };
}

/** A runner that waits for `gate` before its first output. */
function withGate(gate: Promise<void>): Partial<Decorators> {
  return {
    selectRunner: (runner: SelectRunner) => ({
      ...runner,
      async *run(task, parts, signal) {
        await gate;
        yield* runner.run(task, parts, signal);
      },
    }),
  };
}

/** Notes the length of each chunk. */
async function* counting(
  lengths: number[],
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    lengths.push(chunk.length);
    yield chunk;
  }
}

describe("a select job in the engine", () => {
  it("waits for its tier and leaves its parts and the manifest that names them", async () => {
    const stage = await setUp();
    const jobId = await query(stage, await upload(stage, Buffer.from("a,1\n")));
    await stage.world.jump(DUE_MS - 1);
    assert.deepEqual(objectsOf(stage, jobId), ["job.txt"]);
    await stage.world.jump(SECOND_MS);
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    assert.deepEqual(objectsOf(stage, jobId), SUCCEEDED);
    const path = `${PREFIX}/${jobId}/results/part-00000.csv`;
    const manifest = stage.world.results.textOf(`${BUCKET}/${PREFIX}/${jobId}/result_manifest.txt`);
    assert.equal(manifest, `s3://${BUCKET}/${path}\n`);
    assert.equal(stage.world.results.textOf(`${BUCKET}/${path}`), "a,1\n");
    await tearDown(stage);
  });

  it("fails at the record that its query can't evaluate, and keeps no part of the result", async () => {
    const stage = await setUp();
    const archiveId = await upload(stage, new Uint8Array(2 * MIB).fill(97));
    const jobId = await query(stage, archiveId, FAILING_EXPRESSION);
    await stage.world.jump(DUE_MS);
    await expectFailure(stage, jobId, /^The query failed: CastFailed: record 7/);
    const file = `${BUCKET}/${PREFIX}/${jobId}/errors/error-00000.json`;
    assert.deepEqual(JSON.parse(stage.world.results.textOf(file)!), {
      code: "CastFailed",
      message: "record 7 (at byte 123): no number",
      recordNumber: 7,
    });
    await tearDown(stage);
  });

  it("evaluates nothing of a MiB that rotted, and says which it was", async () => {
    const evaluated: number[] = [];
    const stage = await setUp({
      selectRunner: (runner) => ({
        ...runner,
        async *run(task, parts, signal) {
          const counted = (async function* () {
            for await (const part of parts) {
              const read = (firstLeaf: number) => counting(evaluated, part.read(firstLeaf));
              yield { ...part, read };
            }
          })();
          yield* runner.run(task, counted, signal);
        },
      }),
    });
    const archiveId = await upload(stage, new Uint8Array(3 * MIB).fill(97));
    const [blobId] = [...stage.world.blobs.contents.blobs.keys()];
    stage.world.blobs.corrupt(blobId!, 2 * MIB + 7);
    const jobId = await query(stage, archiveId);
    await stage.world.jump(DUE_MS);
    await expectFailure(stage, jobId, /damaged in storage: bytes 2097152-3145727 \(MiB 2\)/);
    assert.deepEqual(evaluated, [MIB, MIB]);
    await tearDown(stage);
  });

  for (const damage of ["truncated", "missing"] as const) {
    it(`fails when the archive's bytes are ${damage}`, async () => {
      const stage = await setUp();
      const archiveId = await upload(stage, new Uint8Array(2 * MIB).fill(97));
      const [blobId] = [...stage.world.blobs.contents.blobs.keys()];
      if (damage === "missing") {
        stage.world.blobs.drop(blobId!);
      } else {
        stage.world.blobs.truncate(blobId!, MIB);
      }
      const jobId = await query(stage, archiveId);
      await stage.world.jump(DUE_MS);
      await expectFailure(stage, jobId, /^The archive is damaged in storage/);
      await tearDown(stage);
    });
  }

  it("fails when its archive is deleted before it is due", async () => {
    const stage = await setUp();
    const archiveId = await upload(stage, Buffer.from("a\n"));
    const jobId = await query(stage, archiveId);
    await stage.client.deleteArchive(stage.vaultId, archiveId);
    await stage.world.jump(DUE_MS);
    await expectFailure(stage, jobId, /^The archive was deleted before the job completed\.$/);
    await tearDown(stage);
  });

  it("ends a query without end when its archive is deleted", async () => {
    let wasEnded = false;
    const stage = await setUp({
      selectRunner: (runner) => ({
        ...runner,
        async *run(_task, _parts, signal) {
          await new Promise<void>((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              wasEnded = true;
              reject(new Error("ended"));
            });
          });
        },
      }),
    });
    const archiveId = await upload(stage, Buffer.from("a\n"));
    const jobId = await query(stage, archiveId);
    await stage.world.jump(DUE_MS);
    assert.equal((await find(stage, jobId)).status, "InProgress");
    await stage.client.deleteArchive(stage.vaultId, archiveId);
    await stage.world.pass(12 * SECOND_MS, 12);
    assert.ok(wasEnded);
    await expectFailure(stage, jobId, /^The archive was deleted before the job completed\.$/);
    await tearDown(stage);
  });

  it("keeps its lease while a query gives no output for long", async () => {
    const gate = Promise.withResolvers<void>();
    const stage = await setUp(withGate(gate.promise), { leaseMs: 10 * SECOND_MS });
    const jobId = await query(stage, await upload(stage, Buffer.from("a\n")));
    await stage.world.jump(DUE_MS);
    await stage.world.pass(5 * MINUTE_MS, 150);
    const claimed = await stage.world.metadata.jobs.claimDue(
      stage.world.time.nowMs,
      { owner: "another", untilMs: stage.world.time.nowMs + 1 },
      10,
    );
    assert.deepEqual(claimed, []);
    gate.resolve();
    await stage.world.pass(SECOND_MS, 2);
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    await tearDown(stage);
  });

  it("waits for a bucket that does not answer, and succeeds when it does", async () => {
    let failures = 3;
    const outage = new ResultStoreError("unavailable", BUCKET, "no space is left on the disk");
    const stage = await setUp(
      withFault(() => {
        failures -= 1;
        return failures >= 0 ? outage : undefined;
      }),
    );
    const jobId = await query(stage, await upload(stage, Buffer.from("a\n")));
    await stage.world.jump(DUE_MS);
    assert.equal((await find(stage, jobId)).status, "InProgress");
    await stage.world.pass(20 * SECOND_MS, 40);
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    assert.deepEqual(objectsOf(stage, jobId), SUCCEEDED);
    await tearDown(stage);
  });

  it("fails after a day without its bucket, and says why", async () => {
    const outage = new ResultStoreError("unavailable", BUCKET, "no space is left on the disk");
    const stage = await setUp(withFault(() => outage));
    const jobId = await query(stage, await upload(stage, Buffer.from("a\n")));
    await stage.world.pass(23 * HOUR_MS, 300);
    assert.equal((await find(stage, jobId)).status, "InProgress");
    await stage.world.pass(2 * HOUR_MS, 30);
    const job = await find(stage, jobId);
    assert.ok(job.status === "Failed");
    assert.match(job.message, /written to bucket query-results: no space is left on the disk\.$/);
    await tearDown(stage);
  });

  it("fails after a few attempts when its bucket refuses", async () => {
    const stage = await setUp();
    const jobId = await query(stage, await upload(stage, Buffer.from("a\n")));
    stage.world.results.refused.set(BUCKET, "access denied");
    await stage.world.pass(10 * MINUTE_MS, 60);
    const job = await find(stage, jobId);
    assert.ok(job.status === "Failed", job.status);
    assert.match(job.message, /access denied/);
    await tearDown(stage);
  });

  it("removes what a run that was cut short left, and writes the same again", async () => {
    const stage = await setUp();
    const jobId = await query(stage, await upload(stage, Buffer.from("a,1\n")));
    const path = `${BUCKET}/${PREFIX}/${jobId}/`;
    for (const left of [
      "results/part-00007.csv",
      "errors/error-00000.json",
      "error_manifest.txt",
    ]) {
      stage.world.results.objects.set(`${path}${left}`, Buffer.from("left"));
    }
    await stage.world.jump(DUE_MS);
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    assert.deepEqual(objectsOf(stage, jobId), SUCCEEDED);
    await tearDown(stage);
  });

  it("is left to an engine that runs queries", async () => {
    const stage = await setUp({}, { kinds: ["ArchiveRetrieval", "InventoryRetrieval"] });
    const jobId = await query(stage, await upload(stage, Buffer.from("a\n")));
    await stage.world.pass(DAY_MS, 24);
    assert.equal((await find(stage, jobId)).status, "InProgress");
    await tearDown(stage);
  });

  it("cuts its result into parts of at most 64 MiB, in flat memory", async () => {
    const sizes = new Map<string, number>();
    const block = new Uint8Array(10 * MIB);
    const stage = await setUp({
      selectRunner: (runner) => ({
        ...runner,
        async *run() {
          for (let count = 0; count < 20; count += 1) {
            yield block;
          }
        },
      }),
      results: (store) => ({
        ...store,
        openWriter: async (destination, key) => {
          const writer = await store.openWriter(destination, key);
          return key.includes("/results/")
            ? {
                ...writer,
                write: async (chunk) => {
                  sizes.set(key, (sizes.get(key) ?? 0) + chunk.length);
                },
              }
            : writer;
        },
      }),
    });
    const jobId = await query(stage, await upload(stage, Buffer.from("a\n")));
    await stage.world.jump(DUE_MS);
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    assert.ok([...sizes.values()].every((size) => size <= SELECT_PART_MAX_BYTES));
    assert.deepEqual(
      [...sizes.values()],
      [60, 60, 60, 20].map((mib) => mib * MIB),
    );
    const parts = objectsOf(stage, jobId).filter((name) => name.startsWith("results/"));
    assert.deepEqual(
      parts,
      [0, 1, 2, 3].map((index) => `results/part-0000${index}.csv`),
    );
    await tearDown(stage);
  });
});
