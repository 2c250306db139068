/** From a parsed query to closures that are run once per record. */
import type { SelectQuery } from "./ast.ts";
import { compileExpression, notBool, type Surroundings } from "./compile-expression.ts";
import { ColumnResolver } from "./resolve-columns.ts";
import type { Row } from "./row.ts";
import { formatValue } from "./value.ts";

/** A query with its columns resolved against one header. Rows may come in any order. */
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

/**
 * Compiles `query` for records whose columns have `names` (the header, with FileHeaderInfo USE) or only
 * positions (`undefined`). Throws `SelectRunError`: `MissingHeaderName`, `AmbiguousFieldName` and
 * `InvalidColumnIndex`, which only the archive can tell (contract §8.17).
 */
export function compileQuery(
  query: SelectQuery,
  names: readonly string[] | undefined,
  { nowMs }: CompileOptions,
): CompiledQuery {
  const surroundings = { columns: new ColumnResolver(names), nowMs };
  return {
    matches: compileMatches(query, surroundings),
    project: compileProject(query, surroundings),
  };
}

function compileMatches({ where }: SelectQuery, surroundings: Surroundings) {
  if (where === undefined) {
    return () => true;
  }
  const { evaluate } = compileExpression(where, surroundings);
  return (row: Row): boolean => {
    const value = evaluate(row);
    if (typeof value === "boolean") {
      return value;
    }
    if (value === null || value === undefined) {
      return false;
    }
    throw notBool("WHERE", value);
  };
}

function compileProject({ projection }: SelectQuery, surroundings: Surroundings) {
  if (projection === "*") {
    return (): "*" => "*";
  }
  const evaluators = projection.map(
    ({ expression }) => compileExpression(expression, surroundings).evaluate,
  );
  return (row: Row): readonly (string | undefined)[] =>
    evaluators.map((evaluate) => formatValue(evaluate(row)));
}
