/** Single courses of events in the job engine that the random simulation meets only by chance. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ArchiveId, JobId } from "../../src/domain/ids.ts";
import type { InventoryPosition, Job, JobSucceeded } from "../../src/domain/job.ts";
import { MIB } from "../../src/domain/limits.ts";
import { INVENTORY_FIRST_PAGE } from "../../src/engine/jobs/loop-inventory.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import { utf8Text } from "../../src/std/bytes.ts";
import { Client, readManifest } from "./client.ts";
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

async function setUp(
  settings: Partial<WorldSettings> = {},
  decorate: Partial<Decorators> = {},
): Promise<Stage> {
  const world = await World.open(settings);
  const node = await world.boot(decorate);
  const client = new Client(world, node);
  const { vaultId } = await client.createVault("photos");
  return { world, node, client, vaultId };
}

async function upload({ client, node, vaultId }: Stage, sizeBytes: number): Promise<ArchiveId> {
  const archiveId = node.ids.archiveId();
  const data = new Uint8Array(sizeBytes).fill(5);
  await client.uploadArchive(vaultId, { archiveId, data, description: undefined });
  return archiveId;
}

async function retrieve(
  { client, node, vaultId }: Stage,
  archiveId: ArchiveId,
  range?: { start: number; endExclusive: number },
): Promise<JobId> {
  const jobId = node.ids.jobId();
  await client.initiateRetrieval(vaultId, jobId, { archiveId, range, tier: "Expedited" });
  return jobId;
}

async function tearDown({ world }: Stage): Promise<void> {
  await world.crash();
  await world.close();
}

async function find({ world }: Stage, jobId: JobId): Promise<Job> {
  return (await world.metadata.jobs.find(jobId))!;
}

/** Blobs whose `hashLeaves` throws what `fault` returns, as long as it returns anything. */
function withFault(fault: () => Error | undefined): Partial<Decorators> {
  return {
    blobs: (store: BlobStore) => ({
      ...store,
      hashLeaves: (blobId, range) => {
        const error = fault();
        return error === undefined
          ? store.hashLeaves(blobId, range)
          : Promise.reject<Uint8Array>(error);
      },
    }),
  };
}

describe("the job engine", () => {
  it("runs a job when it is due, to the millisecond of the sleep, and not before", async () => {
    const stage = await setUp();
    const jobId = await retrieve(stage, await upload(stage, 10));
    await stage.world.jump(3 * MINUTE_MS - 1);
    assert.equal((await find(stage, jobId)).status, "InProgress");
    await stage.world.jump(SECOND_MS);
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    await tearDown(stage);
  });

  it("retries a job after an error of the system and lets it succeed", async () => {
    let failures = 3;
    const outage = Object.assign(new Error("input/output error"), { code: "EIO" });
    const stage = await setUp(
      {},
      withFault(() => {
        failures -= 1;
        return failures >= 0 ? outage : undefined;
      }),
    );
    const jobId = await retrieve(stage, await upload(stage, 10));
    await stage.world.jump(3 * MINUTE_MS);
    assert.equal((await find(stage, jobId)).status, "InProgress");
    await stage.world.pass(20 * SECOND_MS, 40);
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    const failed = stage.world.log.filter((line) => line.message === "the run of a job failed");
    assert.equal(failed.length, 3);
    await tearDown(stage);
  });

  it("fails a job whose every run meets a defect, without revealing it", async () => {
    const stage = await setUp(
      {},
      withFault(() => new TypeError("secret internals")),
    );
    const jobId = await retrieve(stage, await upload(stage, 10));
    await stage.world.jump(3 * MINUTE_MS);
    await stage.world.pass(MINUTE_MS, 60);
    const job = await find(stage, jobId);
    assert.ok(job.status === "Failed");
    assert.equal(job.message, "The job failed because of an internal error of the service.");
    await tearDown(stage);
  });

  it("fails a job that an outage has kept from running for a day", async () => {
    const outage = Object.assign(new Error("input/output error"), { code: "EIO" });
    const stage = await setUp(
      {},
      withFault(() => outage),
    );
    const jobId = await retrieve(stage, await upload(stage, 10));
    await stage.world.pass(23 * HOUR_MS, 300);
    assert.equal((await find(stage, jobId)).status, "InProgress");
    await stage.world.pass(2 * HOUR_MS, 30);
    assert.equal((await find(stage, jobId)).status, "Failed");
    await tearDown(stage);
  });

  it("keeps claiming jobs after the metadata failed for a while", async () => {
    let isDown = true;
    const stage = await setUp(
      {},
      {
        metadata: (store) => ({
          ...store,
          jobs: new Proxy(store.jobs, {
            get(jobs, name: keyof typeof store.jobs) {
              return name === "claimDue" && isDown
                ? () => Promise.reject(new Error("database is locked"))
                : jobs[name];
            },
          }),
        }),
      },
    );
    const jobId = await retrieve(stage, await upload(stage, 10));
    await stage.world.pass(4 * MINUTE_MS, 60);
    assert.equal((await find(stage, jobId)).status, "InProgress");
    isDown = false;
    await stage.world.pass(10 * SECOND_MS, 4);
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    await tearDown(stage);
  });

  it("hands a running job on when it stops, so that the next engine runs it at once", async () => {
    let resume: (() => void) | undefined;
    const stage = await setUp(
      { leaseMs: DAY_MS },
      {
        blobs: (store) => ({
          ...store,
          hashLeaves: async (blobId, range) => {
            await new Promise<void>((resolve) => {
              resume = resolve;
            });
            return await store.hashLeaves(blobId, range);
          },
        }),
      },
    );
    const jobId = await retrieve(stage, await upload(stage, 65 * MIB));
    await stage.world.jump(3 * MINUTE_MS);
    assert.ok(resume !== undefined, "the job runs");
    const stopped = stage.node.engine.stop();
    resume();
    await stopped;
    assert.equal((await find(stage, jobId)).status, "InProgress");
    await stage.world.crash();
    await stage.world.boot();
    assert.equal((await find(stage, jobId)).status, "Succeeded");
    await tearDown(stage);
  });

  it("gives up waiting for a run that does not come to its next step", async () => {
    const stage = await setUp(
      {},
      { blobs: (store) => ({ ...store, hashLeaves: () => new Promise<Uint8Array>(() => {}) }) },
    );
    await retrieve(stage, await upload(stage, 10));
    await stage.world.jump(3 * MINUTE_MS);
    let isStopped = false;
    const stopped = stage.node.engine.stop().then(() => {
      isStopped = true;
    });
    await stage.world.jump(4 * SECOND_MS);
    assert.equal(isStopped, false);
    await stage.world.jump(SECOND_MS);
    assert.equal(isStopped, true);
    await stopped;
    await tearDown(stage);
  });
});

describe("an archive retrieval", () => {
  it("fails with the MiB that rotted, and logs where they are stored", async () => {
    const stage = await setUp();
    const archiveId = await upload(stage, 3 * MIB);
    const [blobId] = [...stage.world.blobs.contents.blobs.keys()];
    stage.world.blobs.corrupt(blobId!, 2 * MIB + 7);
    const whole = await retrieve(stage, archiveId);
    const sound = await retrieve(stage, archiveId, { start: 0, endExclusive: 2 * MIB });
    await stage.world.jump(3 * MINUTE_MS);
    const job = await find(stage, whole);
    assert.ok(job.status === "Failed");
    assert.equal(
      job.message,
      "The archive is damaged in storage: bytes 2097152-3145727 (MiB 2) " +
        "differ from what was uploaded.",
    );
    assert.equal((await find(stage, sound)).status, "Succeeded");
    const logged = stage.world.log.find((line) => line.level === "error");
    assert.deepEqual(
      { archiveId: logged?.fields["archiveId"], blobId: logged?.fields["blobId"] },
      { archiveId, blobId },
    );
    assert.equal(stage.world.counted.get("rotten-archive"), 1);
    await tearDown(stage);
  });

  it("says that the archive was deleted when its bytes are gone with it", async () => {
    const stage = await setUp();
    const archiveId = await upload(stage, 10);
    const jobId = await retrieve(stage, archiveId);
    await stage.client.deleteArchive(stage.vaultId, archiveId);
    await stage.world.jump(MINUTE_MS);
    assert.equal(stage.world.blobs.contents.blobs.size, 0);
    await stage.world.jump(2 * MINUTE_MS);
    const job = await find(stage, jobId);
    assert.ok(job.status === "Failed");
    assert.equal(job.message, "The archive was deleted before the job completed.");
    assert.equal(stage.world.counted.get("rotten-archive"), undefined);
    await tearDown(stage);
  });

  it("fails when the archive is deleted while its bytes are being read", async () => {
    let atRead: (() => Promise<unknown>) | undefined;
    const stage = await setUp(
      {},
      {
        blobs: (store) => ({
          ...store,
          hashLeaves: async (blobId, range) => {
            await atRead?.();
            return await store.hashLeaves(blobId, range);
          },
        }),
      },
    );
    const archiveId = await upload(stage, 10);
    const jobId = await retrieve(stage, archiveId);
    atRead = () => stage.client.deleteArchive(stage.vaultId, archiveId);
    await stage.world.jump(3 * MINUTE_MS);
    const job = await find(stage, jobId);
    assert.ok(job.status === "Failed");
    assert.equal(job.message, "The archive was deleted before the job completed.");
    await tearDown(stage);
  });

  it("keeps the bytes of a deleted archive for as long as its output lives", async () => {
    const stage = await setUp();
    const archiveId = await upload(stage, 10);
    const jobId = await retrieve(stage, archiveId);
    await stage.world.jump(3 * MINUTE_MS);
    await stage.client.deleteArchive(stage.vaultId, archiveId);
    await stage.world.jump(DAY_MS - SECOND_MS);
    const { output } = (await find(stage, jobId)) as JobSucceeded;
    assert.ok(output !== undefined);
    const bytes = await readManifest(stage.world, output.manifestId, output.range);
    assert.deepEqual(bytes, new Uint8Array(10).fill(5));
    await stage.world.pass(MINUTE_MS, 4);
    assert.equal(stage.world.blobs.contents.blobs.size, 0);
    await tearDown(stage);
  });
});

describe("an inventory retrieval", () => {
  /** Pages double while they take no time, as they do here. */
  const twoPages = 3 * INVENTORY_FIRST_PAGE;
  const count = twoPages + 3;

  async function setUpArchives(): Promise<Stage & { ids: ArchiveId[] }> {
    const stage = await setUp({ maintenanceRuns: false });
    const ids: ArchiveId[] = [];
    for (let archive = 0; archive < count; archive += 1) {
      ids.push(await upload(stage, 1 + (archive % 3)));
      stage.world.time.nowMs += archive % 2;
    }
    return { ...stage, ids };
  }

  async function inventory(
    stage: Stage,
    wanted: { limit?: number; position?: InventoryPosition | undefined },
  ): Promise<{ ids: ArchiveId[]; next: InventoryPosition | undefined }> {
    const jobId = stage.node.ids.jobId();
    await stage.client.initiateInventory(stage.vaultId, jobId, wanted);
    await stage.world.jump(4 * HOUR_MS);
    const job = await find(stage, jobId);
    assert.ok(job.status === "Succeeded" && job.output !== undefined);
    const { manifestId, range, nextPosition } = job.output;
    const text = utf8Text(await readManifest(stage.world, manifestId, range));
    const { ArchiveList } = JSON.parse(text) as { ArchiveList: { ArchiveId: ArchiveId }[] };
    return { ids: ArchiveList.map((item) => item.ArchiveId), next: nextPosition };
  }

  it("lists every archive once over several pages, with and without a limit", async () => {
    const stage = await setUpArchives();
    assert.deepEqual(await inventory(stage, {}), { ids: stage.ids, next: undefined });
    for (const limit of [1, INVENTORY_FIRST_PAGE, INVENTORY_FIRST_PAGE + 1, twoPages, count - 1]) {
      const page = await inventory(stage, { limit });
      assert.deepEqual(page.ids, stage.ids.slice(0, limit));
      assert.equal(page.next?.archiveId, stage.ids[limit]);
    }
    assert.equal((await inventory(stage, { limit: count })).next, undefined);
    const walked: ArchiveId[] = [];
    let position: InventoryPosition | undefined;
    do {
      const page = await inventory(stage, { limit: 400, position });
      walked.push(...page.ids);
      position = page.next;
    } while (position !== undefined);
    assert.deepEqual(walked, stage.ids);
    await tearDown(stage);
  });

  for (const [moment, passedMs] of [
    ["at its end", 0],
    ["at its next step", MINUTE_MS],
  ] as const) {
    it(`leaves nothing behind when it finds its lease lost ${moment}`, async () => {
      const stage = await setUpArchives();
      const { time, blobs, metadata } = stage.world;
      const blobsBefore = blobs.contents.blobs.size;
      const jobId = stage.node.ids.jobId();
      await stage.client.initiateInventory(stage.vaultId, jobId, {});
      let isRobbed = false;
      time.beforeWake = async () => {
        if (!isRobbed && blobs.contents.temporary.size > 0) {
          isRobbed = true;
          const lease = { owner: "thief", untilMs: time.nowMs + DAY_MS };
          await metadata.jobs.claimDue(time.nowMs + HOUR_MS, lease, 1);
          time.nowMs += passedMs;
        }
      };
      await stage.world.jump(4 * HOUR_MS);
      assert.equal(isRobbed, true);
      assert.equal((await find(stage, jobId)).status, "InProgress");
      assert.equal(blobs.contents.blobs.size, blobsBefore);
      assert.equal(blobs.contents.temporary.size, 0);
      await tearDown(stage);
    });
  }
});
