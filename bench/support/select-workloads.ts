/** The queries that `bench/select.bench.ts` runs, and the archive they run on. */
import { closeSync, openSync, writeSync } from "node:fs";

/** One query, as each contender is asked it. */
export interface SelectWorkload {
  readonly name: string;
  /** For us; absent: only records are counted. */
  readonly query?: string;
  /** For DuckDB; `ARCHIVE` is replaced by the file. */
  readonly duckdb: string;
  /** For a reader without queries: the output fields of a record that matches (none: only count it). */
  byHand(fields: readonly string[]): readonly string[] | undefined;
}

const CASTS = "CAST(_1 AS INT) % 2 = 0 AND CAST(_5 AS DECIMAL) > 500.5 AND _6 LIKE '%dolor 1%'";

export const SELECT_WORKLOADS: readonly SelectWorkload[] = [
  { name: "count records", duckdb: "COUNT", byHand: () => [] },
  {
    name: "string equality, * of 1 in 7",
    query: "SELECT * FROM ARCHIVE WHERE _3 = 'x1'",
    duckdb: "SELECT * FROM ARCHIVE WHERE _3 = 'x1'",
    byHand: (fields) => (fields[2] === "x1" ? fields : undefined),
  },
  {
    name: "string equality, no match",
    query: "SELECT * FROM ARCHIVE WHERE _3 = 'x'",
    duckdb: "SELECT * FROM ARCHIVE WHERE _3 = 'x'",
    byHand: (fields) => (fields[2] === "x" ? fields : undefined),
  },
  {
    name: "two CASTs and a LIKE",
    query: `SELECT _1, _2 FROM ARCHIVE WHERE ${CASTS}`,
    duckdb: `SELECT _1, _2 FROM ARCHIVE WHERE ${CASTS.replace("DECIMAL", "DECIMAL(18,2)")}`,
    byHand: ([first, second, , , fifth, sixth]) =>
      Number(first) % 2 === 0 && Number(fifth) > 500.5 && sixth?.includes("dolor 1") === true
        ? [first ?? "", second ?? ""]
        : undefined,
  },
  {
    name: "two columns of all",
    query: "SELECT _1, _6 FROM ARCHIVE",
    duckdb: "SELECT _1, _6 FROM ARCHIVE",
    byHand: ([first, , , , , sixth]) => [first ?? "", sixth ?? ""],
  },
  {
    name: "* of all",
    query: "SELECT * FROM ARCHIVE",
    duckdb: "SELECT * FROM ARCHIVE",
    byHand: (fields) => fields,
  },
];

/** Writes records of 10 columns and about 100 bytes until `bytes` are reached; returns the bytes written. */
export function writeSelectArchive(path: string, bytes: number): number {
  const file = openSync(path, "w");
  let written = 0;
  for (let row = 0; written < bytes; ) {
    const records: string[] = [];
    for (const end = row + 10_000; row < end; row += 1) {
      records.push(
        `${row},name${row % 1000},x${row % 7},2024-01-0${(row % 9) + 1}T00:00:00Z,` +
          `${(row * 7919) % 100_000}.${row % 100},lorem ipsum dolor ${row % 13},abcdef,` +
          `${row % 2 === 0},eu-west-${row % 3},end${row}\n`,
      );
    }
    written += writeSync(file, records.join(""));
  }
  closeSync(file);
  return written;
}
