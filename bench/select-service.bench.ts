/**
 * `node bench/select-service.bench.ts`: what queries cost a running service (docs/adr/0012-select-csv-tokenizer.md).
 *
 * Memory: resident before and at its peak, for each query once and for two at once over `--mib` of CSV, and the
 * processor time of the whole service per byte. Each begins in a service just started.
 *
 * Latency: signed DescribeVault and uploads of 4 KiB in turn, one at a time, while nothing else runs, while a query
 * does, and while `openssl speed` does, which takes a core and nothing of the event loop; the three take turns. A
 * query waits for its core like any process, so what it costs beyond `openssl` is its share of the event loop.
 * The JSON of the last line, for a release, is `bench/results/select-service-VERSION.json`.
 *
 * Flags: `--mib 400` size of the archive; `--seconds 4` of each turn; `--rounds 3`; `--only memory` or `latency`.
 * With `dist/`, which `npm run build` makes, the service runs as the published package does: 50 MiB smaller.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { GlacierClient } from "../test/support/glacier-client.ts";
import { makePayload } from "../test/support/payload.ts";
import { makeCsvBlock, startSelect, uploadBlocks } from "../test/support/select-service.ts";
import { sourceProgram } from "./service/published-program.ts";
import { type ServerUnderTest, startServerUnderTest } from "./service/server-under-test.ts";

const { values: flags } = parseArgs({
  options: {
    mib: { type: "string", default: "400" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
  },
});

const VAULT = "queried";
const FILTER = "SELECT * FROM archive WHERE _3 = 'x1'";
const QUERIES = [
  "SELECT * FROM archive",
  FILTER,
  "SELECT _1, _2 FROM archive WHERE CAST(_1 AS INT) % 2 = 0 AND CAST(_5 AS DECIMAL) > 500.5 " +
    "AND _6 LIKE '%dolor 1%'",
];
const mib = Number(flags.mib);
const folder = await mkdtemp(join(tmpdir(), "moraine-bench-"));
try {
  const archiveId = await withService((client) => prepare(client));
  const report = {
    node: process.version,
    date: new Date().toISOString(),
    mib,
    memory: flags.only === "latency" ? [] : await measureMemory(archiveId),
    latency: flags.only === "memory" ? [] : await measureLatency(archiveId),
  };
  console.table(report.memory);
  console.table(report.latency);
  console.log(JSON.stringify(report));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function withService<T>(
  work: (client: GlacierClient, server: ServerUnderTest) => Promise<T>,
): Promise<T> {
  const server = await startServerUnderTest({ program: sourceProgram, dataDir: folder });
  const { client } = server;
  try {
    return await work(client, server);
  } finally {
    await server.stop();
  }
}

async function prepare(client: GlacierClient): Promise<string> {
  await client.createVault(VAULT);
  return await uploadBlocks(client, VAULT, { block: makeCsvBlock(), mib });
}

async function measureMemory(archiveId: string) {
  const rows = [];
  for (const expression of QUERIES) {
    for (const atOnce of [1, 2]) {
      rows.push(
        await withService(async (client, server) => {
          const idleMib = server.usage.residentMib();
          server.usage.resetPeak();
          const cpuBefore = server.usage.cpuSeconds();
          const ids = await Promise.all(
            Array.from({ length: atOnce }, () => startSelect(client, VAULT, archiveId, expression)),
          );
          await Promise.all(ids.map((id) => awaitSuccess(client, id)));
          const cpuSeconds = server.usage.cpuSeconds() - cpuBefore;
          const cpuMBps = Math.round((atOnce * mib * 1.048576) / cpuSeconds);
          const query = expression.slice(0, 40);
          return { query, atOnce, idleMib, peakMib: server.usage.peakMib(), cpuMBps };
        }),
      );
    }
  }
  return rows;
}

async function awaitSuccess(client: GlacierClient, jobId: string): Promise<void> {
  const { StatusCode, StatusMessage } = await client.awaitJob(VAULT, jobId, 600_000);
  if (StatusCode !== "Succeeded") {
    throw new Error(`the query ended ${StatusCode}: ${StatusMessage}`);
  }
}

/** Milliseconds of each request, by what ran beside them. */
interface Latencies {
  readonly describe: number[];
  readonly upload: number[];
}

async function measureLatency(archiveId: string) {
  return await withService(async (client) => {
    const beside = {
      nothing: makeLatencies(),
      "openssl speed": makeLatencies(),
      query: makeLatencies(),
    };
    await probe(client, makeLatencies(), pauseFor(1));
    for (let round = 0; round < Number(flags.rounds); round += 1) {
      await probe(client, beside.nothing, pauseFor(Number(flags.seconds)));
      await probe(client, beside["openssl speed"], hashFor(Number(flags.seconds)));
      await probe(client, beside.query, queryFor(client, archiveId));
    }
    return Object.entries(beside).flatMap(([name, latencies]) =>
      (["describe", "upload"] as const).map((request) => {
        const alone = beside.nothing[request].toSorted((left, right) => left - right);
        const sorted = latencies[request].toSorted((left, right) => left - right);
        const p50Ms = quantile(sorted, 0.5);
        const p99Ms = quantile(sorted, 0.99);
        return {
          request,
          beside: name,
          requests: sorted.length,
          p50Ms: round2(p50Ms),
          p99Ms: round2(p99Ms),
          p50Ratio: round2(p50Ms / quantile(alone, 0.5)),
          p99Ratio: round2(p99Ms / quantile(alone, 0.99)),
        };
      }),
    );
  });
}

function makeLatencies(): Latencies {
  return { describe: [], upload: [] };
}

/** Asks in turn until `other` has ended. */
async function probe(
  client: GlacierClient,
  latencies: Latencies,
  other: Promise<unknown>,
): Promise<void> {
  const payload = makePayload(4096, "latency");
  let goesOn = true;
  const ended = other.finally(() => {
    goesOn = false;
  });
  while (goesOn) {
    latencies.describe.push(
      await timed(() => client.must({ method: "GET", path: `/-/vaults/${VAULT}` })),
    );
    latencies.upload.push(await timed(() => client.uploadArchive(VAULT, payload)));
  }
  await ended;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function pauseFor(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}

/** One core's worth of hashing in another process. */
async function hashFor(seconds: number): Promise<void> {
  const words = ["speed", "-seconds", String(seconds), "-bytes", "1048576", "-evp", "sha256"];
  const child = spawn("openssl", words, { stdio: "ignore" });
  await once(child, "exit");
}

async function queryFor(client: GlacierClient, archiveId: string): Promise<void> {
  await awaitSuccess(client, await startSelect(client, VAULT, archiveId, FILTER));
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
