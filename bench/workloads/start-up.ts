/** How long the service takes to be ready. */
import { spawnSync } from "node:child_process";
import { median, roundTo, summarize } from "../report/statistics.ts";
import { formatCount } from "./sizes.ts";
import type { Bench, Measurement } from "./workload.ts";

/** With a new data folder, with an empty one that was there before, and with `archives` records. */
export function listStarts(bench: Bench, archives: number): readonly Measurement[] {
  const measurements = [
    { id: "start-new", name: "start to ready, new folder", findFolder: async () => undefined },
    { id: "start-empty", name: "start to ready, empty", findFolder: () => bench.seed([]) },
    {
      id: archives === 1_000_000 ? "start-1m" : `start-${archives}`,
      name: `start to ready, ${formatCount(archives)} archives`,
      findFolder: () => bench.seed([{ name: "large", archives }]),
    },
  ];
  return measurements.map(({ id, name, findFolder }) => ({
    id,
    name,
    run: async () => measureStarts(bench, { id, name, dataDir: await findFolder() }),
  }));
}

async function measureStarts(
  bench: Bench,
  what: { readonly id: string; readonly name: string; readonly dataDir: string | undefined },
) {
  const { id, name, dataDir } = what;
  const pairs: { readonly start: number; readonly node: number; readonly cpu: number }[] = [];
  let peakMib = 0;
  for (let run = 0; run <= bench.rounds * 2; run += 1) {
    const service = await bench.startService(dataDir === undefined ? {} : { dataDir });
    peakMib = Math.max(peakMib, service.usage.peakMib());
    const cpu = service.usage.cpuSeconds();
    await service.stop();
    // The first one warms the page cache up.
    if (run > 0) {
      pairs.push({ start: service.startSeconds, node: startNode(), cpu });
    }
  }
  return {
    id,
    name,
    unit: "s" as const,
    ...summarize(pairs.map(({ start }) => roundTo(start, 3))),
    cpuSecondsPerRun: roundTo(median(pairs.map(({ cpu }) => cpu)), 3),
    peakMib,
    ratios: { "node -e 0": roundTo(median(pairs.map(({ start, node }) => start / node)), 3) },
    rivals: { "node -e 0": roundTo(median(pairs.map(({ node }) => node)), 3) },
    cpuRatios: {},
  };
}

/** Seconds that Node.js itself takes to start and end. */
function startNode(): number {
  const startedAtMs = performance.now();
  spawnSync(process.execPath, ["-e", "0"], { stdio: "ignore" });
  return (performance.now() - startedAtMs) / 1000;
}
