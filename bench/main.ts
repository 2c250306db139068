/**
 * `npm run bench`: runs the workloads against the service in its own process and prints a table and JSON. Machines
 * are noisy: compare ratios of one run, above all to T, what one core hashes per second in the same
 * minute, not figures of two runs.
 *
 * Flags: `--scale 0.25` smaller bodies and counts; `--rounds 3`; `--only TEXT` workloads whose name holds the
 * text; `--archives 100000` in the inventory; `--save VERSION` writes bench/results/VERSION.json.
 */
import { hash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createGlacierClient, type GlacierClient } from "../test/support/glacier-client.ts";
import { runInventory, seedInventory } from "./service/inventory.ts";
import {
  credentials,
  type ServerUnderTest,
  startServerUnderTest,
} from "./service/server-under-test.ts";
import { listWorkloads, type Sample, type Workload } from "./service/workloads.ts";

interface Row {
  readonly workload: string;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly unit: string;
  /** Median as a part of T, for workloads that move bytes. */
  readonly ofT?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly cpuSecondsPerGb?: number;
  readonly peakMib: number;
}

const { values: flags } = parseArgs({
  options: {
    scale: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    archives: { type: "string", default: "100000" },
    save: { type: "string" },
  },
});

const folder = await mkdtemp(join(tmpdir(), "moraine-bench-"));
try {
  const rows = [...(await benchRequests()), ...(await benchInventory())];
  const report = {
    node: process.version,
    date: new Date().toISOString(),
    hashMBps: measureT(),
    rows,
  };
  console.table(rows.map((row) => ({ ...row })));
  console.log(JSON.stringify(report));
  if (flags.save !== undefined) {
    const file = new URL(`results/${flags.save}.json`, import.meta.url);
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function benchRequests(): Promise<Row[]> {
  const server = await startServerUnderTest(join(folder, "requests"));
  const client = connect(server);
  await client.createVault("bench");
  const rows: Row[] = [];
  for (const workload of listWorkloads(Number(flags.scale))) {
    if (workload.name.includes(flags.only)) {
      rows.push(await measure(workload, client, server));
    }
  }
  client.close();
  await server.stop();
  return rows;
}

function connect(server: ServerUnderTest): GlacierClient {
  return createGlacierClient({ apiUrl: server.endpoint, credentials, timeoutMs: 300_000 });
}

async function measure(
  workload: Workload,
  client: GlacierClient,
  server: ServerUnderTest,
): Promise<Row> {
  await workload.run(client, 0);
  server.resetPeak();
  const samples: Sample[] = [];
  const cpuBefore = server.cpuSeconds();
  for (let round = 1; round <= Number(flags.rounds); round += 1) {
    samples.push(await workload.run(client, round));
  }
  const cpuSeconds = server.cpuSeconds() - cpuBefore;
  const perSecond = samples
    .map(
      (sample) =>
        (workload.unit === "MB/s" ? sample.bytes / 1e6 : sample.requests) / sample.seconds,
    )
    .sort((left, right) => left - right);
  const latencies = samples
    .flatMap((sample) => sample.latenciesMs)
    .sort((left, right) => left - right);
  const bytes = samples.reduce((total, sample) => total + sample.bytes, 0);
  const median = quantile(perSecond, 0.5);
  const moved = workload.unit === "MB/s";
  return {
    workload: workload.name,
    median: round1(median),
    lowest: round1(perSecond[0] ?? 0),
    highest: round1(perSecond.at(-1) ?? 0),
    unit: workload.unit,
    ...(moved
      ? { ofT: round2(median / measureT()), cpuSecondsPerGb: round2(cpuSeconds / (bytes / 1e9)) }
      : { p50Ms: round2(quantile(latencies, 0.5)), p99Ms: round2(quantile(latencies, 0.99)) }),
    peakMib: server.peakMib(),
  };
}

async function benchInventory(): Promise<Row[]> {
  const count = Number(flags.archives);
  const name = `inventory of ${count} archives`;
  if (!name.includes(flags.only) || count === 0) {
    return [];
  }
  const dataDir = join(folder, "inventory");
  await (await startServerUnderTest(dataDir)).stop();
  await seedInventory(join(dataDir, "metadata.db"), {
    accountId: credentials.accountId,
    vaultName: "large",
    count,
  });
  const server = await startServerUnderTest(dataDir);
  const client = connect(server);
  server.resetPeak();
  const sample = await runInventory(client, "large");
  client.close();
  const peakMib = server.peakMib();
  await server.stop();
  return [
    {
      workload: name,
      median: round1(count / sample.seconds),
      lowest: round1(count / sample.seconds),
      highest: round1(count / sample.seconds),
      unit: "archives/s",
      p99Ms: round2(sample.describeP99Ms),
      peakMib,
    },
  ];
}

/** T: what one core hashes with SHA-256 now, in MB/s. */
function measureT(): number {
  const block = Buffer.alloc(64 * 1024 * 1024, 7);
  const rates = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    hash("sha256", block, "buffer");
    return block.length / 1e3 / (performance.now() - startedAt);
  }).sort((left, right) => left - right);
  return Math.round(quantile(rates, 0.5));
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
