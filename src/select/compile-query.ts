/** From a parsed query to closures that are run once per record. */
import type { SelectQuery } from "./ast.ts";
import type { Row } from "./row.ts";

/** A query with its columns resolved against one archive. Holds no state: rows may come in any order. */
export interface CompiledQuery {
  /** Whether WHERE is TRUE for `row` (always, without WHERE). Throws `SelectRunError`. */
  matches(row: Row): boolean;
  /**
   * The output texts of a row that matches: `"*"` for the row as it is, else one text per projection,
   * where `undefined` stands for NULL and MISSING and is written as an empty field. Throws
   * `SelectRunError`.
   */
  project(row: Row): readonly (string | undefined)[] | "*";
}

/** What a query knows of its surroundings. */
export interface CompileOptions {
  /** The instant that UTCNOW() gives for the whole query, in epoch milliseconds. */
  readonly nowMs: number;
}

export type CompileQuery = (
  query: SelectQuery,
  names: readonly string[] | undefined,
  options: CompileOptions,
) => CompiledQuery;
