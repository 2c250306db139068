/** Inventories that a thread lists, interrupted in the middle. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { seedVaults } from "../../bench/service/seed-vaults.ts";
import { createGlacierClient, type GlacierClient } from "../support/glacier-client.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { compareBlobs } from "./stored-blobs.ts";

/** Far more than the event loop lists by itself; listing them takes some hundred milliseconds. */
const ARCHIVES = 100_000;
const VAULT = "large";
/** When a run that was interrupted begins again, its claim has to run out first. */
const JOB_BOUND_MS = 120_000;

describe("the inventory of a large vault", () => {
  let dataDir: string;
  let server: ServerProcess;
  let client: GlacierClient;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "moraine-inventory-"));
    const first = await startServer({ dataDir });
    await first.stop();
    seedVaults(join(dataDir, "metadata.db"), [{ name: VAULT, archives: ARCHIVES }]);
    await start();
  });
  after(async () => {
    client?.close();
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    client?.close();
    server = await startServer({ dataDir });
    client = createGlacierClient(server);
  }

  it("is whole after kill -9 at any time, and nothing half-written stays", async () => {
    const unfinished: string[] = [];
    for (const delayMs of [60, 150, 250]) {
      const jobId = await client.initiateJob(VAULT, { Type: "inventory-retrieval" });
      await sleep(delayMs);
      await server.kill9();
      await start();
      const { StatusCode } = await client.describeJob(VAULT, jobId);
      if (StatusCode === "InProgress") {
        unfinished.push(jobId);
      }
    }
    assert.notDeepEqual(unfinished, [], "no kill came before the end of an inventory");
    for (const jobId of unfinished) {
      await assertWhole(jobId);
    }
    assert.deepEqual((await compareBlobs(dataDir)).temporary, []);
  });

  it("lets the service stop meanwhile, and is written after the next start", async () => {
    const jobId = await client.initiateJob(VAULT, { Type: "inventory-retrieval", Format: "CSV" });
    await sleep(100);
    assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.logs());
    await start();
    const job = await client.awaitJob(VAULT, jobId, JOB_BOUND_MS);
    assert.equal(job.StatusCode, "Succeeded");
    const { body } = await client.getJobOutput(VAULT, jobId);
    const lines = body.toString().split("\n");
    // A head, and a line feed behind the last line.
    assert.equal(lines.length, ARCHIVES + 2);
    assert.match(lines[ARCHIVES] ?? "", new RegExp(`"seeded archive ${ARCHIVES - 1}"`));
  });

  async function assertWhole(jobId: string): Promise<void> {
    const job = await client.awaitJob(VAULT, jobId, JOB_BOUND_MS);
    assert.equal(job.StatusCode, "Succeeded");
    const { body } = await client.getJobOutput(VAULT, jobId);
    const { ArchiveList } = JSON.parse(body.toString());
    assert.equal(ArchiveList.length, ARCHIVES);
    const names = ArchiveList.map(
      (item: { readonly ArchiveDescription: string }) => item.ArchiveDescription,
    );
    assert.deepEqual(
      names,
      Array.from({ length: ARCHIVES }, (_, index) => `seeded archive ${index}`),
    );
  }
});
