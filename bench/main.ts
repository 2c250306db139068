/**
 * `npm run bench`: runs the workloads against the published form of the service in its own process, and against what
 * it is compared with, and prints a table and JSON. Machines are noisy: compare ratios of one run, never figures
 * of two. bench/README.md explains flags and figures.
 */
import { writeFileSync } from "node:fs";
import { type BenchFlags, parseFlags } from "./flags.ts";
import { makeBench } from "./make-bench.ts";
import { formatReport, formatRow } from "./report/format-report.ts";
import { judgeGoals } from "./report/goals.ts";
import type { Report, Row } from "./report/row.ts";
import { describeSurroundings } from "./report/surroundings.ts";
import { findHashing, isAccelerated } from "./service/hashing.ts";
import { listDownloads } from "./workloads/downloads.ts";
import { listInventories } from "./workloads/inventory.ts";
import { listLargeVault } from "./workloads/large-vault.ts";
import { listLookups } from "./workloads/lookups.ts";
import { measureLoad } from "./workloads/measure-load.ts";
import { listStarts } from "./workloads/start-up.ts";
import { listLargeUploads, listSmallUploads } from "./workloads/uploads.ts";
import type { Bench, Measurement } from "./workloads/workload.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Folders and processes go with the process.
  process.on(signal, () => process.exit(1));
}
await run(parseFlags(process.argv.slice(2)));

async function run(flags: BenchFlags): Promise<void> {
  const startedAtMs = performance.now();
  const bench = await makeBench(flags);
  const hashing = await askHashing(bench);
  const surroundings = describeSurroundings({
    folder: bench.dataFolder,
    loadGenerator: bench.load.name,
    hashing,
    scale: flags.scale,
    rounds: flags.rounds,
  });
  const rows: Row[] = [];
  const failures: string[] = [];
  for (const measurement of selectMeasurements(flags, bench)) {
    bench.say(`${measurement.id}: ${measurement.name}`);
    try {
      const figures = await measurement.run();
      const goals = judgeGoals(figures, { accelerated: isAccelerated(hashing) });
      const row = { ...figures, goals };
      rows.push(row);
      bench.say(`    ${formatRow(row).slice(1).filter(Boolean).join("  |  ")}`);
    } catch (error) {
      failures.push(measurement.name);
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    }
  }
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  finish(flags, { surroundings, rows, seconds, seedSeconds: bench.seedSeconds });
  if (failures.length > 0) {
    process.stderr.write(`bench: could not be measured: ${failures.join(", ")}\n`);
    process.exitCode = 1;
  }
}

function selectMeasurements(flags: BenchFlags, bench: Bench): readonly Measurement[] {
  const loads = [
    ...listLargeUploads(bench),
    ...listSmallUploads(bench),
    ...listDownloads(bench),
    ...listLookups(bench),
  ].map((load) => ({ id: load.id, name: load.name, run: () => measureLoad(load, bench) }));
  const all = [
    ...loads,
    // Before the inventories, which leave their outputs in the same folder.
    ...listStarts(bench, flags.startArchives),
    ...listInventories(bench, flags.inventories),
    ...(flags.largeVault === 0 ? [] : listLargeVault(bench, flags.largeVault)),
  ];
  const { only } = flags;
  return only.length === 0
    ? all
    : all.filter(({ id, name }) => only.some((text) => `${id} ${name}`.includes(text)));
}

async function askHashing(bench: Bench): Promise<string> {
  const service = await bench.startService();
  try {
    return findHashing(await service.readMetrics());
  } finally {
    await service.stop();
  }
}

function finish(flags: BenchFlags, report: Report): void {
  const table = formatReport(report);
  process.stdout.write(`${table}\n`);
  if (!flags.markdown) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }
  if (flags.save !== undefined) {
    const file = (ending: string) => new URL(`results/${flags.save}.${ending}`, import.meta.url);
    writeFileSync(file("json"), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(file("md"), table);
  }
}
