/** Compares queries with DuckDB on generated archives, for what both dialects say alike. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { DEFAULT_CSV_INPUT, DEFAULT_CSV_OUTPUT } from "../csv/csv-options.ts";
import { parseSelect } from "../parse-select.ts";
import { createSelectRun } from "./select-run.ts";

const ROWS = 400;
const WORDS = [
  "",
  "alpha",
  "Beta",
  "gamma ray",
  "delta,epsilon",
  'say "hi"',
  "zwölf",
  "漢字",
  "%_",
  "a\nb",
];

/** Columns: 1 integer, 2 word, 3 decimal with two places, 4 word, 5 small integer or empty. */
function makeArchive(): string {
  let state = 20240229;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const quoted = (text: string) =>
    /[",\n]/.test(text) || next(3) === 0 ? `"${text.replaceAll('"', '""')}"` : text;
  const rows = Array.from({ length: ROWS }, () => {
    const decimal = `${next(200) - 100}.${String(next(100)).padStart(2, "0")}`;
    const word = () => quoted(WORDS[next(WORDS.length)] ?? "");
    return [next(1000) - 500, word(), decimal, word(), next(4) === 0 ? "" : next(10)].join(",");
  });
  return `${rows.join("\n")}\n`;
}

/** Conditions that are read alike by both; `_N` are DuckDB's column names too. */
const conditions = [
  "_2 = 'alpha'",
  "_2 <> 'alpha'",
  "_2 < 'gamma ray'",
  "_4 >= 'zwölf'",
  "'Beta' <= _2",
  "_2 = _4",
  "_2 > _4",
  "CAST(_1 AS INTEGER) > 100",
  "CAST(_1 AS INTEGER) = 7 OR CAST(_1 AS INTEGER) < -400",
  "CAST(_1 AS INTEGER) % 7 = 0",
  "CAST(_1 AS INTEGER) * 3 + 1 >= CAST(_1 AS INTEGER) - 20",
  "-CAST(_1 AS INTEGER) > 450",
  "CAST(_3 AS DECIMAL(18,2)) > 12.5",
  "CAST(_3 AS DECIMAL(18,2)) + CAST(_1 AS INTEGER) < 0.05",
  "CAST(_3 AS DECIMAL(18,2)) BETWEEN -3.14 AND 3.14",
  "CAST(_3 AS DECIMAL(18,2)) * CAST(_1 AS INTEGER) > 20000",
  "CAST(_1 AS INTEGER) BETWEEN -10 AND 10",
  "CAST(_1 AS INTEGER) NOT BETWEEN -490 AND 490",
  "_2 BETWEEN 'a' AND 'b'",
  "_2 IN ('alpha', 'zwölf', 'a\nb')",
  "_2 NOT IN ('alpha', '漢字')",
  "CAST(_1 AS INTEGER) IN (1, 2, 3, 50 + 50)",
  "_2 LIKE 'a%'",
  "_2 LIKE '%a'",
  "_2 LIKE '%ta%'",
  "_2 LIKE '_l%'",
  "_2 LIKE '__'",
  "_4 NOT LIKE '%e%l%'",
  "_2 LIKE '!%!_' ESCAPE '!'",
  "_2 LIKE _4",
  "NULLIF(_5, '') IS NULL",
  "NULLIF(_5, '') IS NOT NULL AND CAST(NULLIF(_5, '') AS INTEGER) > 5",
  "NULLIF(_5, '') = '3' OR _2 = 'alpha'",
  "NOT (NULLIF(_5, '') = '3')",
  "NOT (NULLIF(_5, '') = '3' AND _2 = 'alpha')",
  "NULLIF(_5, '') <> '3' AND NOT _4 = 'Beta' OR _1 = '0'",
  "COALESCE(NULLIF(_5, ''), _2) = 'alpha'",
  "NULLIF(_5, '') IN ('1', NULL)",
  "NOT NULLIF(_5, '') IN ('1', NULL) OR _2 = 'alpha'",
  "CHAR_LENGTH(_2) = 5",
  "LOWER(_2) = 'beta' AND UPPER(_4) <> 'BETA'",
  "SUBSTRING(_2 FROM 2 FOR 3) = 'lph'",
  "SUBSTRING(_2, 3) = 'ta'",
  "TRIM(BOTH 'a' FROM _2) LIKE 'l%h'",
  "TRIM(BOTH 'ah' FROM _2) = _2",
  "CAST(_1 AS FLOAT) / 4 > 100.25",
  "CAST(_1 AS STRING) LIKE '%7'",
  "CAST(CAST(_1 AS INTEGER) + 1 AS STRING) LIKE '-1%'",
];

/** Projections with their DuckDB spelling where it differs. */
const projections: readonly (string | { readonly ours: string; readonly duckdb: string })[] = [
  "_4, _2, _1",
  "_2, 'x,y', _3",
  "CAST(_1 AS INTEGER) + 1, CAST(_1 AS INTEGER) * CAST(_1 AS INTEGER)",
  "CAST(_1 AS INTEGER) % 7, -CAST(_1 AS INTEGER)",
  { ours: "CAST(_1 AS INTEGER) / 7", duckdb: "CAST(_1 AS INTEGER) // 7" },
  "CAST(_3 AS DECIMAL(18,2)) + CAST(_1 AS INTEGER)",
  "CHAR_LENGTH(_2), LOWER(_2), UPPER(_4)",
  "SUBSTRING(_2, 2, 3), SUBSTRING(_4 FROM 3)",
  "COALESCE(NULLIF(_5, ''), _2), NULLIF(_2, _4)",
  "TRIM(LEADING 'a' FROM _2), TRIM(TRAILING FROM _4), TRIM(BOTH 'za' FROM _4)",
];

/** Both dialects say DECIMAL; only DuckDB needs precision and scale, and has no CHAR_LENGTH and STRING. */
function forUs(text: string): string {
  return text.replaceAll("DECIMAL(18,2)", "DECIMAL");
}

function forDuckDb(text: string): string {
  return text.replaceAll("CHAR_LENGTH", "LENGTH").replaceAll("AS STRING", "AS VARCHAR");
}

describe("SelectRun and DuckDB", () => {
  const archive = makeArchive();
  let folder = "";
  let connection: DuckDBConnection;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "moraine-select-"));
    const file = join(folder, "archive.csv");
    await writeFile(file, archive);
    connection = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
    const names = "['_1', '_2', '_3', '_4', '_5']";
    await connection.run(
      `CREATE TABLE archive AS SELECT * FROM read_csv('${file}', header = false, all_varchar = true,
       names = ${names}, delim = ',', quote = '"', escape = '"', nullstr = '\\N', parallel = false)`,
    );
  });

  after(async () => {
    connection.closeSync();
    await rm(folder, { recursive: true, force: true });
  });

  async function compare(ours: string, duckdb: string): Promise<number> {
    const run = createSelectRun({
      query: parseSelect(forUs(ours)),
      input: DEFAULT_CSV_INPUT,
      output: { ...DEFAULT_CSV_OUTPUT, fieldDelimiter: "|", recordDelimiter: "~" },
      nowMs: 0,
    });
    const bytes = Buffer.concat([run.push(new TextEncoder().encode(archive)), run.finish()]);
    const found = bytes.toString().split("~").slice(0, -1);
    const reader = await connection.runAndReadAll(forDuckDb(duckdb));
    const expected = reader.getRows().map((row) =>
      row
        .map((value) => (value === null ? "" : String(value)))
        .map((text) => (/["\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
        .join("|"),
    );
    assert.deepEqual(found, expected);
    return found.length;
  }

  for (const condition of conditions) {
    it(`select the same rows WHERE ${JSON.stringify(condition)}`, async () => {
      const query = `SELECT * FROM archive WHERE ${condition}`;
      const count = await compare(query, query);
      assert.ok(count > 0 && count < ROWS, `${count} rows tell nothing`);
    });
  }

  for (const projection of projections) {
    const { ours, duckdb } =
      typeof projection === "string" ? { ours: projection, duckdb: projection } : projection;
    it(`compute the same values of ${ours}`, async () => {
      const count = await compare(`SELECT ${ours} FROM archive`, `SELECT ${duckdb} FROM archive`);
      assert.equal(count, ROWS);
    });
  }
});
