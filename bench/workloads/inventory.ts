/** Inventory jobs of large vaults, and what other requests notice of them. */
import { quantile, roundTo, summarize } from "../report/statistics.ts";
import { findLoopDelay } from "../service/loop-delay.ts";
import type { ServerUnderTest } from "../service/server-under-test.ts";
import { formatCount } from "./sizes.ts";
import type { Bench, Measurement } from "./workload.ts";

const VAULT = "large";
/** Between two looks at the job; they are the requests whose times tell what others notice. */
const PAUSE_MS = 10;
const BOUND_MS = 300_000;

/** One measurement per count of archives. */
export function listInventories(bench: Bench, counts: readonly number[]): readonly Measurement[] {
  return counts.map((archives) => {
    const id = archives === 1_000_000 ? "inventory-1m" : `inventory-${archives}`;
    const name = `inventory of ${formatCount(archives)} archives`;
    return { id, name, run: () => measureInventory(bench, { id, name, archives }) };
  });
}

interface Run {
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
}

async function measureInventory(
  bench: Bench,
  what: { readonly id: string; readonly name: string; readonly archives: number },
) {
  const dataDir = await bench.seed([{ name: VAULT, archives: what.archives }]);
  const service = await bench.startService({ dataDir, flags: ["--scrub-rate", "off"] });
  try {
    service.usage.resetPeak();
    const cpuBefore = service.usage.cpuSeconds();
    const runs: Run[] = [];
    for (let round = 1; round <= bench.rounds; round += 1) {
      runs.push(await runInventory(service));
    }
    const latenciesMs = runs.flatMap((run) => run.latenciesMs);
    return {
      id: what.id,
      name: what.name,
      unit: "s" as const,
      ...summarize(runs.map(({ seconds }) => roundTo(seconds, 3))),
      p50Ms: roundTo(quantile(latenciesMs, 0.5), 3),
      p99Ms: roundTo(quantile(latenciesMs, 0.99), 3),
      cpuSecondsPerRun: roundTo((service.usage.cpuSeconds() - cpuBefore) / runs.length, 3),
      peakMib: service.usage.peakMib(),
      loopDelayP99Ms: Math.max(...runs.map(({ loopP99Ms }) => loopP99Ms)),
      loopDelayMaxMs: Math.max(...runs.map(({ loopMaxMs }) => loopMaxMs)),
      ratios: {},
      rivals: {},
      cpuRatios: {},
    };
  } finally {
    await service.stop();
  }
}

/** From the request to the first look that finds the job at its end. */
async function runInventory(service: ServerUnderTest): Promise<Run> {
  const { client } = service;
  const latenciesMs: number[] = [];
  // Reading the page also begins the next period of its delays.
  await service.readMetrics();
  const startedAtMs = performance.now();
  const jobId = await client.initiateJob(VAULT, { Type: "inventory-retrieval" });
  for (;;) {
    const askedAtMs = performance.now();
    const job = await client.describeJob(VAULT, jobId);
    const answeredAtMs = performance.now();
    latenciesMs.push(answeredAtMs - askedAtMs);
    if (job.StatusCode === "Succeeded") {
      const { p99Ms, maxMs } = findLoopDelay(await service.readMetrics());
      const seconds = (answeredAtMs - startedAtMs) / 1000;
      return { seconds, latenciesMs, loopP99Ms: p99Ms, loopMaxMs: maxMs };
    }
    if (job.StatusCode === "Failed" || answeredAtMs - startedAtMs > BOUND_MS) {
      throw new Error(`the inventory job is ${job.StatusCode}: ${job.StatusMessage}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
