/**
 * `node bench/select.bench.ts`: Glacier Select over one generated CSV archive, ours against csv-parse with a
 * filter by hand and against DuckDB with one thread (docs/adr/0012-select-csv-tokenizer.md). Each run is a
 * process of its own; the contenders take turns, and the table shows the median. MB/s are of processor time,
 * because wall time on a shared machine says little; the wall rate is beside it. Contenders must agree on
 * the records they find.
 *
 * Flags: `--mib 256` size of the archive; `--rounds 3`; `--only TEXT` workloads whose name holds the text;
 * `--save VERSION` writes bench/results/select-VERSION.json.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { SelectSample } from "./support/select-contenders.ts";
import {
  SELECT_WORKLOADS,
  type SelectWorkload,
  writeSelectArchive,
} from "./support/select-workloads.ts";

interface Row {
  readonly workload: string;
  readonly contender: string;
  /** Of processor time. */
  readonly cpuMBps: number;
  readonly wallMBps: number;
  /** Our processor rate divided by this contender's. */
  readonly oursIs: number;
  readonly peakMib: number;
  readonly records: number;
}

const CONTENDERS = ["ours", "csv-parse", "duckdb"] as const;
const SCRIPT = fileURLToPath(new URL("support/select-contenders.ts", import.meta.url));

const { values: flags } = parseArgs({
  options: {
    mib: { type: "string", default: "256" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    save: { type: "string" },
  },
});

const folder = await mkdtemp(join(tmpdir(), "moraine-bench-"));
try {
  const file = join(folder, "archive.csv");
  const bytes = writeSelectArchive(file, Number(flags.mib) * 1024 * 1024);
  const rows = SELECT_WORKLOADS.filter(({ name }) => name.includes(flags.only)).flatMap(
    (workload) => benchWorkload(workload, file, bytes),
  );
  const report = { node: process.version, date: new Date().toISOString(), bytes, rows };
  console.table(rows.map((row) => ({ ...row })));
  console.log(JSON.stringify(report));
  if (flags.save !== undefined) {
    const target = new URL(`results/select-${flags.save}.json`, import.meta.url);
    await writeFile(target, `${JSON.stringify(report, null, 2)}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function benchWorkload(workload: SelectWorkload, file: string, bytes: number): Row[] {
  const samples = new Map<string, SelectSample[]>(CONTENDERS.map((name) => [name, []]));
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    for (const contender of CONTENDERS) {
      samples.get(contender)?.push(runContender(contender, workload, file));
    }
  }
  const found = new Set([...samples.values()].flat().map(({ records }) => records));
  if (found.size !== 1) {
    throw new Error(`${workload.name}: contenders found ${[...found].join(", ")} records`);
  }
  const rate = (contender: string, seconds: (sample: SelectSample) => number) =>
    bytes / 1e6 / median((samples.get(contender) ?? []).map(seconds));
  const ours = rate("ours", ({ cpuSeconds }) => cpuSeconds);
  return CONTENDERS.map((contender) => {
    const cpuMBps = rate(contender, ({ cpuSeconds }) => cpuSeconds);
    return {
      workload: workload.name,
      contender,
      cpuMBps: Math.round(cpuMBps),
      wallMBps: Math.round(rate(contender, ({ wallSeconds }) => wallSeconds)),
      oursIs: Math.round((100 * ours) / cpuMBps) / 100,
      peakMib: Math.max(...(samples.get(contender) ?? []).map(({ peakMib }) => peakMib)),
      records: [...found][0] ?? 0,
    };
  });
}

function runContender(contender: string, workload: SelectWorkload, file: string): SelectSample {
  const parameters = [SCRIPT, contender, workload.name, file];
  // The process is ours and prints exactly one sample.
  return JSON.parse(
    execFileSync(process.execPath, parameters, { encoding: "utf8" }),
  ) as SelectSample;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
