/** The form of the table of SQL cases, and short ways to write its rows. */
import type { SelectRunErrorCode } from "../errors.ts";

/** One query over one small archive, with everything that is to come out of it. */
export interface SqlCase {
  readonly sql: string;
  /** Names of the columns with FileHeaderInfo USE; absent: positions only. */
  readonly header?: readonly string[];
  /** Records of the archive, the header left out. */
  readonly rows: readonly (readonly string[])[];
  readonly expected: SqlOutcome;
}

export type SqlOutcome =
  /** The records of the output; NULL and MISSING are empty cells. */
  | { readonly kind: "records"; readonly records: readonly (readonly string[])[] }
  /** A failure of the running query; `message` is a part of its message. */
  | { readonly kind: "failure"; readonly code: SelectRunErrorCode; readonly message: string }
  /** A refusal of the expression; `message` is a part of its message. */
  | {
      readonly kind: "refusal";
      readonly line: number;
      readonly column: number;
      readonly found: string;
      readonly message: string;
    };

/** The instant of UTCNOW() in all cases: 2017-10-13T16:02:11.123Z. */
export const caseNowMs = Date.UTC(2017, 9, 13, 16, 2, 11, 123);

/** The archive of cases about values: one record of the cells 10, abc and an empty one. */
const cells = ["10", "abc", ""];

/** An expression and its text; `NULL` and `MISSING` (in capitals) stand for those. */
export type ValueRow = readonly [expression: string, text: string];

/** Cases that an expression has a value; column `_4` is MISSING in them. */
export function values(rows: readonly ValueRow[]): readonly SqlCase[] {
  return rows.map(([expression, text]) => {
    const isMissing = text === "MISSING";
    const isNull = text === "NULL";
    const flags = [String(isMissing || isNull), String(isMissing)];
    return {
      sql: `SELECT ${expression}, (${expression}) IS NULL, (${expression}) IS MISSING FROM ARCHIVE`,
      rows: [cells],
      expected: { kind: "records", records: [[isMissing || isNull ? "" : text, ...flags]] },
    };
  });
}

/** An expression, the code of the failure it leads to, and a part of the message. */
export type FailureRow = readonly [expression: string, code: SelectRunErrorCode, message: string];

/** Cases that an expression is accepted and fails on the first record. */
export function failures(rows: readonly FailureRow[]): readonly SqlCase[] {
  return rows.map(([expression, code, message]) => ({
    sql: `SELECT ${expression} FROM ARCHIVE`,
    rows: [cells],
    expected: { kind: "failure", code, message },
  }));
}

/** A query, where and at what it is refused (line and column as `1:15`), and a part of the message. */
export type RefusalRow = readonly [sql: string, place: string, found: string, message: string];

/** Cases that a query is refused before it runs. */
export function refusals(rows: readonly RefusalRow[]): readonly SqlCase[] {
  return rows.map(([sql, place, found, message]) => {
    const [line = 0, column = 0] = place.split(":").map(Number);
    return { sql, rows: [], expected: { kind: "refusal", line, column, found, message } };
  });
}

/** A query and the records it makes of an archive, a text per record with `|` between cells. */
export type QueryRow = readonly [sql: string, records: readonly string[]];

/** Cases of whole queries over one archive, also written with `|` between cells. */
export function queries(
  archive: { readonly header?: string; readonly rows: readonly string[] },
  rows: readonly QueryRow[],
): readonly SqlCase[] {
  return rows.map(([sql, records]) => ({
    sql,
    ...(archive.header === undefined ? {} : { header: cellsOf(archive.header) }),
    rows: archive.rows.map(cellsOf),
    expected: { kind: "records", records: records.map(cellsOf) },
  }));
}

/** Cases of queries that fail on the header of one archive. */
export function headerFailures(
  header: string | undefined,
  rows: readonly (readonly [sql: string, code: SelectRunErrorCode, message: string])[],
): readonly SqlCase[] {
  return rows.map(([sql, code, message]) => ({
    sql,
    ...(header === undefined ? {} : { header: cellsOf(header) }),
    rows: [],
    expected: { kind: "failure", code, message },
  }));
}

function cellsOf(line: string): readonly string[] {
  return line.split("|");
}
