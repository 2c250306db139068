/**
 * Mutations of recorded requests against one running service. `ROUNDS` says how many, `SEED` and `FROM` replay:
 * the first line printed tells the seed, a finding the number of its attempt.
 */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startWireServer, type WireServer } from "../support/wire-server.ts";
import { type FuzzReport, runFuzz } from "./fuzz-run.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

const ATTEMPTS = Number(process.env["ROUNDS"] ?? 1_000);
/** The short run of `npm test` repeats itself; longer ones try what was not tried yet. */
const SEED = Number(process.env["SEED"] ?? chooseSeed());
const FROM = Number(process.env["FROM"] ?? 0);
/** A replay of a few attempts says nothing of shares. */
const SHARES_MIN_ATTEMPTS = 1_000;
const MIB = 1024 * 1024;
/** Beyond what the service has after a few hundred requests; caches and buffers that warm up are within. */
const MEMORY_GROWTH_MAX_BYTES = 256 * MIB;

function chooseSeed(): number {
  return process.env["ROUNDS"] === undefined ? 1 : Math.floor(Math.random() * 2 ** 31);
}

describe("mutated requests", () => {
  let server: WireServer;
  let watchdog: Watchdog;
  let report: FuzzReport;
  let warmBytes = 0;
  /** What would have ended the process of a service; the test runner only mentions it. */
  const crashes: string[] = [];
  const noteCrash = (error: unknown) =>
    void crashes.push(error instanceof Error ? String(error.stack) : String(error));

  before(async () => {
    process.on("uncaughtException", noteCrash);
    // What a mutation makes of an address must not be connected to.
    server = await startWireServer({ "idle-timeout": "2s", "notification-allow-private": "false" });
    watchdog = startWatchdog(SEED);
    process.stdout.write(`SEED=${SEED} ROUNDS=${ATTEMPTS} FROM=${FROM}\n`);
    report = await runFuzz(server, {
      seed: SEED,
      attempts: ATTEMPTS,
      from: FROM,
      onProgress: (index) => {
        watchdog.tell(index);
        if (Math.floor(index / 10_000) > Math.floor((index - 64) / 10_000) && index > FROM + 64) {
          process.stdout.write(`${index - FROM} attempts so far\n`);
        }
        if (warmBytes === 0 && index - FROM >= Math.min(500, ATTEMPTS / 2)) {
          warmBytes = process.memoryUsage().rss;
        }
      },
    });
    const statuses = [...report.statuses].sort(([left], [right]) => left - right);
    process.stdout.write(`${report.attempts} attempts: ${JSON.stringify(statuses)}\n`);
  });
  after(async () => {
    await watchdog?.end();
    await server?.stop();
    process.off("uncaughtException", noteCrash);
  });

  it("are answered soundly or cut off, in time, and change nothing when refused", () => {
    const told = report.findings.join("\n\n");
    assert.equal(report.findings.length, 0, `SEED=${SEED}\n${told}`);
  });

  it("raise no error that nobody catches", () => {
    assert.deepEqual(crashes, [], `SEED=${SEED}`);
  });

  it("reach beyond the signature as often as not", () => {
    const total = report.statuses.values().reduce((sum, count) => sum + count, 0);
    if (ATTEMPTS < SHARES_MIN_ATTEMPTS) {
      return;
    }
    const succeeded = [200, 201, 202, 204, 206].map((status) => report.statuses.get(status) ?? 0);
    // Most mutations are refused whatever their signature; of what is accepted, every part is reached.
    assert.ok(succeeded.reduce((sum, count) => sum + count, 0) > total / 40);
    assert.ok((report.statuses.get(404) ?? 0) > 0);
  });

  it("leave no file behind in the data folder's tmp", async () => {
    assert.deepEqual(await readdir(join(server.dataDir, "blobs/tmp")), []);
  });

  it("leave memory as it was", () => {
    const grownBytes = process.memoryUsage().rss - warmBytes;
    assert.ok(grownBytes < MEMORY_GROWTH_MAX_BYTES, `${Math.round(grownBytes / MIB)} MiB grown`);
  });
});
