/**
 * One contender of `bench/select.bench.ts` in a process of its own: `node bench/support/select-contenders.ts CONTENDER
 * WORKLOAD FILE`. Prints one line of JSON.
 */
import { createReadStream, openSync, readFileSync, readSync, statSync, writeSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { parse } from "csv-parse";
import { DEFAULT_CSV_INPUT, DEFAULT_CSV_OUTPUT } from "../../src/select/csv/csv-options.ts";
import { CsvReader } from "../../src/select/csv/csv-reader.ts";
import { parseSelect } from "../../src/select/parse-select.ts";
import { createSelectRun } from "../../src/select/run/select-run.ts";
import { SELECT_WORKLOADS, type SelectWorkload } from "./select-workloads.ts";

const CHUNK_BYTES = 256 * 1024;

/** What a contender put out. */
interface Output {
  readonly bytes: number;
  readonly records: number;
}

/** What a process prints. Bytes are compared only where all write the same dialect. */
export interface SelectSample extends Output {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

const CONTENDERS: Record<string, (workload: SelectWorkload, file: string) => Promise<Output>> = {
  ours: async (workload, file) => runOurs(workload, file),
  "csv-parse": runCsvParse,
  duckdb: runDuckDb,
};

const [, , contender = "", workloadName = "", file = ""] = process.argv;
const workload = SELECT_WORKLOADS.find(({ name }) => name === workloadName);
const run = CONTENDERS[contender];
if (workload === undefined || run === undefined) {
  throw new Error(`unknown contender or workload: ${contender}, ${workloadName}`);
}
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
const output = await run(workload, file);
const cpu = process.cpuUsage(cpuBefore);
const sample: SelectSample = {
  ...output,
  wallSeconds: (performance.now() - startedAt) / 1000,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  peakMib: peakMib(),
};
console.log(JSON.stringify(sample));

function runOurs({ query }: SelectWorkload, path: string): Output {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const source = openSync(path, "r");
  const sink = openSync("/dev/null", "w");
  if (query === undefined) {
    return { bytes: 0, records: countRecords(source, chunk) };
  }
  const selection = createSelectRun({
    query: parseSelect(query),
    input: DEFAULT_CSV_INPUT,
    output: DEFAULT_CSV_OUTPUT,
    nowMs: 0,
  });
  for (;;) {
    const length = readSync(source, chunk);
    writeSync(sink, length === 0 ? selection.finish() : selection.push(chunk.subarray(0, length)));
    if (length === 0) {
      const { bytesWritten, recordsMatched } = selection.progress;
      return { bytes: bytesWritten, records: recordsMatched };
    }
  }
}

function countRecords(source: number, chunk: Uint8Array): number {
  const reader = new CsvReader(DEFAULT_CSV_INPUT);
  let records = 0;
  for (let length = -1; length !== 0; ) {
    length = readSync(source, chunk);
    if (length === 0) {
      reader.end();
    }
    for (let offset = 0; offset < Math.max(length, 1); ) {
      offset = length === 0 ? 1 : reader.take(chunk.subarray(0, length), offset);
      while (reader.next()) {
        records += 1;
      }
    }
  }
  return records;
}

/** The reader in wide use, with the filter and the projection written by hand in its record callback. */
async function runCsvParse(workload: SelectWorkload, path: string): Promise<Output> {
  const records = createReadStream(path, { highWaterMark: CHUNK_BYTES }).pipe(
    parse({ relax_column_count: true }),
  );
  let bytes = 0;
  let matched = 0;
  for await (const fields of records) {
    const found = workload.byHand(fields);
    if (found !== undefined) {
      matched += 1;
      bytes += found.length === 0 ? 0 : Buffer.byteLength(found.join(",")) + 1;
    }
  }
  return { bytes, records: matched };
}

async function runDuckDb({ duckdb }: SelectWorkload, path: string): Promise<Output> {
  const connection: DuckDBConnection = await (
    await DuckDBInstance.create(":memory:", { threads: "1" })
  ).connect();
  const names = Array.from({ length: 10 }, (_, index) => `'_${index + 1}'`).join(", ");
  const source = `read_csv('${path}', header = false, all_varchar = true, delim = ',', quote = '"',
    escape = '"', auto_detect = false, columns = {${names.replaceAll(/'(_\d+)'/g, "'$1': 'VARCHAR'")}})`;
  if (duckdb.startsWith("COUNT")) {
    const [row] = (
      await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${source}`)
    ).getRows();
    return { bytes: 0, records: Number(row?.[0]) };
  }
  const target = `${path}.out`;
  const result = await connection.runAndReadAll(
    `COPY (${duckdb.replace("ARCHIVE", source)}) TO '${target}' (FORMAT csv, HEADER false)`,
  );
  return { bytes: statSync(target).size, records: Number(result.getRows()[0]?.[0]) };
}

/** The most memory the process held, from the kernel. */
function peakMib(): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Math.round(Number(peak ?? 0) / 1024);
}
