/**
 * `npm run bench`: runs the workloads against the published form of the service in its own process, and against what
 * it is compared with, and prints a table and JSON. Machines are noisy: compare ratios of one run, never figures
 * of two. bench/README.md explains flags and figures.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFlags } from "./flags.ts";
import { makeBodyFile } from "./load/body-file.ts";
import { prepareLoadGenerator } from "./load/load-generator.ts";
import { formatReport, formatRow } from "./report/format-report.ts";
import { type Figures, judgeGoals } from "./report/goals.ts";
import type { Report, Row } from "./report/row.ts";
import { describeSurroundings } from "./report/surroundings.ts";
import { findHashing, isAccelerated } from "./service/hashing.ts";
import { buildPublishedProgram, sourceProgram } from "./service/published-program.ts";
import { startServerUnderTest } from "./service/server-under-test.ts";
import { listDownloads } from "./workloads/downloads.ts";
import { listLookups } from "./workloads/lookups.ts";
import { measureLoad } from "./workloads/measure-load.ts";
import { listLargeUploads, listSmallUploads } from "./workloads/uploads.ts";
import type { Bench } from "./workloads/workload.ts";

const flags = parseFlags(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), "moraine-bench-"));
const dataFolder = mkdtempSync(join(flags.dataDirParent ?? tmpdir(), "moraine-bench-data-"));
const removeFolders = () => {
  for (const path of [folder, dataFolder]) {
    rmSync(path, { recursive: true, force: true });
  }
};
process.on("exit", removeFolders);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => process.exit(1));
}

const startedAtMs = performance.now();
const program = flags.source ? sourceProgram : buildPublishedProgram(folder);
const load = prepareLoadGenerator(folder);
const bench = makeBench();
const hashing = await askHashing();
const surroundings = describeSurroundings({
  ...flags,
  folder: dataFolder,
  loadGenerator: load.name,
  hashing,
});
const rows: Row[] = [];
const failures: string[] = [];
for (const measurement of listMeasurements()) {
  if (isWanted(measurement)) {
    bench.say(measurement.name);
    try {
      (await measurement.run()).forEach(report);
    } catch (error) {
      failures.push(measurement.name);
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    }
  }
}
finish();
if (failures.length > 0) {
  process.stderr.write(`bench: could not be measured: ${failures.join(", ")}\n`);
  process.exitCode = 1;
}

/** Something to measure that gives rows; what it prepares is made only when it is run. */
interface Measurement {
  readonly name: string;
  run(): Promise<readonly Figures[]>;
}

function listMeasurements(): readonly Measurement[] {
  const loads = [
    ...listLargeUploads(bench),
    ...listSmallUploads(bench),
    ...listDownloads(bench),
    ...listLookups(bench),
  ];
  return loads.map((workload) => ({
    name: `${workload.name} (${workload.id})`,
    run: async () => [await measureLoad(workload, bench)],
  }));
}

function isWanted({ name }: Measurement): boolean {
  return flags.only.length === 0 || flags.only.some((text) => name.includes(text));
}

function makeBench(): Bench {
  let folders = 0;
  return {
    folder,
    load,
    bodies: makeBodyFile(join(folder, "body")),
    scale: flags.scale,
    rounds: flags.rounds,
    newDataDir: () => join(dataFolder, String(++folders)),
    startService: (options) => startServerUnderTest({ program, ...options }),
    say: (text) => {
      const seconds = Math.round((performance.now() - startedAtMs) / 1000);
      process.stderr.write(`${String(seconds).padStart(4)} s  ${text}\n`);
    },
  };
}

async function askHashing(): Promise<string> {
  const service = await bench.startService({ dataDir: bench.newDataDir() });
  try {
    return findHashing(await service.readMetrics());
  } finally {
    await service.stop();
  }
}

function report(figures: Figures): void {
  const row = { ...figures, goals: judgeGoals(figures, { accelerated: isAccelerated(hashing) }) };
  rows.push(row);
  bench.say(
    `    ${formatRow(row)
      .slice(1)
      .filter((cell) => cell !== "")
      .join("  |  ")}`,
  );
}

function finish(): void {
  const whole: Report = {
    surroundings,
    rows,
    seconds: Math.round((performance.now() - startedAtMs) / 1000),
    seedSeconds: {},
  };
  const table = formatReport(whole);
  process.stdout.write(`${table}\n`);
  if (!flags.markdown) {
    process.stdout.write(`${JSON.stringify(whole)}\n`);
  }
  if (flags.save !== undefined) {
    const file = (ending: string) => new URL(`results/${flags.save}.${ending}`, import.meta.url);
    writeFileSync(file("json"), `${JSON.stringify(whole, null, 2)}\n`);
    writeFileSync(file("md"), table);
  }
}
