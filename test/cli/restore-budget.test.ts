/** Budgets of restores over simulated hours, against a service that keeps its policy. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { put } from "../../src/cli/verbs/put.ts";
import { restore } from "../../src/cli/verbs/restore.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { type SimulatedHours, simulateHours } from "../support/simulated-hours.ts";
import { startVerbWorld, type VerbWorld } from "../support/verb-world.ts";

const START_MS = Date.UTC(2031, 4, 5, 10, 20);
const OTHER_VAULT = "other";
const HOUR_MS = 3_600_000;
const NAMES = ["a", "b", "c", "d", "e"] as const;

interface RetrievalJob {
  readonly Action: string;
  readonly CreationDate: string;
  readonly ArchiveSizeInBytes: number;
}

describe("a restore within a budget", () => {
  let world: VerbWorld;
  let hours: SimulatedHours;
  let vault = "";
  let count = 0;

  before(async () => {
    hours = simulateHours(START_MS, async () => {
      // The engine looks for all that is due when a job comes.
      await world.client.initiateJob(OTHER_VAULT, { Type: "inventory-retrieval" });
    });
    world = await startVerbWorld({ "tier-delays": "Standard=30m" });
    await world.client.createVault(OTHER_VAULT);
  });
  after(async () => {
    await hours.stop();
    await world.stop();
  });
  beforeEach(async () => {
    count += 1;
    const name = `budget-${count}`;
    await world.client.createVault(name);
    for (const file of NAMES) {
      await world.write(`in-${count}/${file}`, makePayload(1000, `${count} ${file}`).bytes);
    }
    const { status, stderr } = await world.run(put, [`${world.folder}/in-${count}/`, name]);
    assert.equal(status, 0, stderr);
    vault = name;
  });

  const setPolicy = async (rule: object) => {
    const body = Buffer.from(JSON.stringify({ Policy: { Rules: [rule] } }));
    await world.client.must({ method: "PUT", path: "/-/policies/data-retrieval", body });
  };
  const retrievals = async (): Promise<readonly RetrievalJob[]> => {
    const path = `/-/vaults/${vault}/jobs`;
    const { body } = await world.client.must({ method: "GET", path });
    const jobs: readonly RetrievalJob[] = JSON.parse(body.toString()).JobList;
    return jobs.filter(({ Action }) => Action === "ArchiveRetrieval");
  };
  const checkFiles = async (out: string) => {
    for (const file of NAMES) {
      const expected = makePayload(1000, `${count} ${file}`).bytes;
      assert.ok((await readFile(join(out, file))).equals(expected), file);
    }
  };

  it("waits for the next hour when the policy refuses, and completes", async () => {
    const blocking = await world.client.uploadArchive(vault, makePayload(4 * MIB, "x"), "blocking");
    await setPolicy({ Strategy: "BytesPerHour", BytesPerHour: MIB });
    // Four MiB over four hours take the whole policy for as long as the job is in progress.
    await world.client.initiateJob(vault, { Type: "archive-retrieval", ArchiveId: blocking });
    const out = join(world.folder, `out-${count}`);
    const startedAtMs = Date.now();
    const run = await world.run(restore, [vault, out], { sleep: hours.sleep });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, /Policy {2}1 MiB\/h/);
    const until = new Date(Math.ceil(startedAtMs / HOUR_MS) * HOUR_MS);
    const text = until.toISOString().slice(11, 16);
    assert.match(run.stderr, new RegExp(`has no room; asking again at ${text} UTC`));
    await checkFiles(out);
    const own = (await retrievals()).filter((job) => job.ArchiveSizeInBytes === 1000);
    assert.equal(own.length, NAMES.length);
    for (const { CreationDate } of own) {
      assert.ok(Date.parse(CreationDate) >= until.getTime(), CreationDate);
    }
    await setPolicy({ Strategy: "None" });
  });

  it("asks for no more in any hour than --max-rate lets through", async () => {
    const out = join(world.folder, `out-${count}`);
    const words = [vault, out, "--max-rate", "2KiB/h"];
    const run = await world.run(restore, words, { sleep: hours.sleep });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, /3 batches under 2 KiB\/h/);
    await checkFiles(out);
    const times = (await retrievals()).map(({ CreationDate }) => Date.parse(CreationDate));
    times.sort((left, right) => left - right);
    assert.equal(times.length, NAMES.length);
    for (const [index, time] of times.entries()) {
      // Two of 1000 bytes fit; jobs tell their times to the second.
      const third = times[index + 2];
      assert.ok(third === undefined || third - time >= HOUR_MS - 2000, String(times));
    }
  });
});
