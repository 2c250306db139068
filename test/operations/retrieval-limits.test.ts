/** Data retrieval policies, provisioned capacity, and what they do to InitiateJob. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { JobId } from "../../src/domain/ids.ts";
import { type OperationWorld, openOperationWorld, refusal } from "../support/operation-world.ts";
import { MIB, makePayload } from "../support/payload.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const enforced = refusal(
  "PolicyEnforcedException",
  "InitiateJob request denied by current data retrieval policy.",
);
const scarce = refusal("InsufficientCapacityException");
const payload = makePayload(4 * MIB, "retrieval limits");

let world: OperationWorld;
let archiveId: string;
async function open(options: Parameters<typeof openOperationWorld>[0] = {}): Promise<void> {
  world = await openOperationWorld(options);
  archiveId = await world.uploadArchive(payload);
}
beforeEach(() => open());
afterEach(() => world.close());

function setPolicy(Strategy: string, BytesPerHour?: number | bigint, caller = {}) {
  const Policy = { Rules: [{ Strategy, BytesPerHour }] };
  return world.perform.SetDataRetrievalPolicy({ Policy }, caller);
}

function retrieve(parameters: object = {}): Promise<string> {
  return world.initiateJob({ Type: "archive-retrieval", ArchiveId: archiveId, ...parameters });
}

async function countJobs(): Promise<number> {
  return (await world.perform.ListJobs({})).JobList?.length ?? 0;
}

async function fail(jobId: string): Promise<void> {
  await world.finishJob(jobId, { status: "Failed", message: "no" });
}

describe("SetDataRetrievalPolicy and GetDataRetrievalPolicy", () => {
  const get = async (caller = {}) =>
    (await world.perform.GetDataRetrievalPolicy({}, caller)).Policy?.Rules;

  it("show None until one is set, then the one set last, for this region alone", async () => {
    assert.deepEqual(await get(), [{ BytesPerHour: undefined, Strategy: "None" }]);
    assert.deepEqual(await setPolicy("BytesPerHour", 2n ** 63n - 1n), {});
    assert.deepEqual(await get(), [{ BytesPerHour: 2n ** 63n - 1n, Strategy: "BytesPerHour" }]);
    const abroad = { region: "eu-west-1" };
    assert.deepEqual(await get(abroad), [{ BytesPerHour: undefined, Strategy: "None" }]);
    await setPolicy("FreeTier");
    assert.deepEqual(await get(), [{ BytesPerHour: undefined, Strategy: "FreeTier" }]);
  });

  it("refuse bad rules and keep what was set", async () => {
    await setPolicy("FreeTier");
    await assert.rejects(setPolicy("BytesPerHour", 0), refusal("InvalidParameterValueException"));
    await assert.rejects(setPolicy("BytesPerHour"), refusal("MissingParameterValueException"));
    assert.deepEqual(await get(), [{ BytesPerHour: undefined, Strategy: "FreeTier" }]);
  });
});

describe("the strategy BytesPerHour", () => {
  it("refuses the job that exceeds the limit, leaving nothing, until another ends", async () => {
    await setPolicy("BytesPerHour", 2 * MIB);
    const first = await retrieve();
    await retrieve();
    await assert.rejects(retrieve({ RetrievalByteRange: `0-${MIB - 1}` }), enforced);
    assert.equal(await countJobs(), 2);
    assert.equal(world.wakes.count, 2);
    await fail(first);
    await retrieve();
    assert.equal(await countJobs(), 3);
  });

  it("counts the bytes of the range, a quarter of them rounded up", async () => {
    await setPolicy("BytesPerHour", MIB / 4);
    await retrieve({ RetrievalByteRange: `0-${MIB - 1}` });
    await assert.rejects(retrieve({ RetrievalByteRange: `0-${MIB - 1}` }), enforced);
  });

  it("holds in its own region alone", async () => {
    await setPolicy("BytesPerHour", 1, { region: "eu-west-1" });
    await retrieve();
    assert.equal(await countJobs(), 1);
  });

  it("lets only so many calls at once in as fit", async () => {
    await setPolicy("BytesPerHour", 3 * MIB);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => retrieve()));
    assert.equal(results.filter((result) => result.status === "fulfilled").length, 3);
    assert.equal(await countJobs(), 3);
  });

  it("exempts Expedited and Bulk retrievals and inventories", async () => {
    await setPolicy("BytesPerHour", 1);
    await assert.rejects(retrieve(), enforced);
    await retrieve({ Tier: "Expedited" });
    await retrieve({ Tier: "Bulk" });
    await world.initiateJob({ Type: "inventory-retrieval" });
    assert.equal(await countJobs(), 3);
  });

  it("concerns only jobs initiated after it was set", async () => {
    const jobId = await retrieve();
    await setPolicy("BytesPerHour", 1);
    assert.equal((await world.metadata.jobs.find(jobId as JobId))?.status, "InProgress");
  });
});

describe("the strategy FreeTier", () => {
  it("counts the Standard retrievals of the UTC day, also those before it was set and ended ones", async () => {
    const { retrievals } = world.metadata;
    const owner = { accountId: (await world.getVault()).accountId, region: "us-east-1" };
    await fail(await retrieve());
    const day = new Date(world.time.nowMs).toISOString().slice(0, 10);
    assert.equal(await retrievals.findBytesOfDay(owner, day), BigInt(4 * MIB));
    // January has 31 days: what is left of the day's share is one retrieval and a half.
    const share = Math.floor((10 * 1024 * MIB) / 31);
    await retrievals.addBytesOfDay(owner, day, share - 10 * MIB);
    await setPolicy("FreeTier");
    await retrieve();
    await assert.rejects(retrieve(), enforced);
    assert.equal(await retrievals.findBytesOfDay(owner, day), BigInt(share - 2 * MIB));
    await retrieve({ RetrievalByteRange: `0-${2 * MIB - 1}` });
    await assert.rejects(retrieve({ RetrievalByteRange: `0-${MIB - 1}` }), enforced);
    await retrieve({ Tier: "Bulk" });
    world.time.nowMs += DAY_MS;
    await retrieve();
  });
});

describe("PurchaseProvisionedCapacity and ListProvisionedCapacity", () => {
  const list = async () =>
    (await world.perform.ListProvisionedCapacity({})).ProvisionedCapacityList ?? [];

  it("sell two units, list them newest first, and refuse a third until one has expired", async () => {
    assert.deepEqual(await list(), []);
    const { nowMs } = world.time;
    const first = await world.perform.PurchaseProvisionedCapacity({});
    assert.match(first.capacityId ?? "", /^[A-Za-z0-9_-]{24}$/);
    world.time.nowMs += DAY_MS;
    const second = await world.perform.PurchaseProvisionedCapacity({});
    await assert.rejects(
      world.perform.PurchaseProvisionedCapacity({}),
      refusal("LimitExceededException"),
    );
    const units = await list();
    assert.deepEqual(
      units.map((unit) => [unit?.CapacityId, unit?.StartDate]),
      [
        [second.capacityId, nowMs + DAY_MS],
        [first.capacityId, nowMs],
      ],
    );
    world.time.nowMs = units[1]?.ExpirationDate ?? 0;
    assert.deepEqual(
      (await list()).map((unit) => unit?.CapacityId),
      [second.capacityId],
    );
    await world.perform.PurchaseProvisionedCapacity({});
  });

  it("sell no more than two units to calls at once", async () => {
    const calls = Array.from({ length: 5 }, () => world.perform.PurchaseProvisionedCapacity({}));
    const results = await Promise.allSettled(calls);
    assert.equal(results.filter((result) => result.status === "fulfilled").length, 2);
  });
});

describe("Expedited retrievals", () => {
  it("are never refused by default", async () => {
    for (let count = 0; count < 5; count += 1) {
      await retrieve({ Tier: "Expedited" });
    }
    assert.equal(await countJobs(), 5);
  });

  it("beyond the capacity set are refused, leaving nothing, until one ends or a unit is bought", async () => {
    await world.close();
    await open({ expeditedCapacity: 1 });
    const first = await retrieve({ Tier: "Expedited" });
    await assert.rejects(retrieve({ Tier: "Expedited" }), scarce);
    await retrieve({ Tier: "Standard" });
    await retrieve({ Tier: "Bulk" });
    assert.equal(await countJobs(), 3);
    await fail(first);
    await retrieve({ Tier: "Expedited" });
    await assert.rejects(retrieve({ Tier: "Expedited" }), scarce);
    await world.perform.PurchaseProvisionedCapacity({});
    await retrieve({ Tier: "Expedited" });
    world.time.nowMs += 32 * DAY_MS;
    await assert.rejects(retrieve({ Tier: "Expedited" }), scarce);
  });
});
