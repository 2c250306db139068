/** From column references to indexes (contract §4.7: Columns, Header, Name case). */
import type { ColumnExpression } from "./ast.ts";
import { CSV_COLUMNS_MAX } from "./csv/csv-limits.ts";
import { SelectRunError } from "./errors.ts";

/** Where a name stands in the header; `"ambiguous"`: more than once. */
type Found = number | "ambiguous" | undefined;

/** Resolves the columns of one query against one header. */
export class ColumnResolver {
  readonly #names: readonly string[] | undefined;
  #exact: ReadonlyMap<string, number | "ambiguous"> | undefined;
  #folded: ReadonlyMap<string, number | "ambiguous"> | undefined;

  /** `names` is the header with FileHeaderInfo USE, else `undefined`. */
  constructor(names: readonly string[] | undefined) {
    this.#names = names;
  }

  /**
   * The 0-based index of a column. `_N` is a position, `"_N"` only if no header has that name. Throws
   * `MissingHeaderName`, `AmbiguousFieldName` and `InvalidColumnIndex` (positions are 1 to 1048576).
   */
  indexOf({ identifier: { name, quoted }, position }: ColumnExpression): number {
    const place = `line ${position.line}, column ${position.column}`;
    const written = quoted ? `"${name}"` : name;
    const byName = quoted || !isPosition(name) ? this.#find(name, quoted) : undefined;
    if (byName === "ambiguous") {
      throw new SelectRunError(
        "AmbiguousFieldName",
        `the header has more than one column that ${written} (${place}) may name`,
      );
    }
    if (byName !== undefined) {
      return byName;
    }
    if (!isPosition(name)) {
      const reason =
        this.#names === undefined
          ? "columns have names only with FileHeaderInfo USE; write _1, _2, … for positions"
          : "the header has no such column";
      throw new SelectRunError("MissingHeaderName", `${written} (${place}): ${reason}`);
    }
    const number = Number(name.slice(1));
    if (number < 1 || number > CSV_COLUMNS_MAX) {
      throw new SelectRunError(
        "InvalidColumnIndex",
        `${written} (${place}): positions of columns are _1 to _${CSV_COLUMNS_MAX}`,
      );
    }
    return number - 1;
  }

  #find(name: string, quoted: boolean): Found {
    if (this.#names === undefined) {
      return undefined;
    }
    if (quoted) {
      this.#exact ??= indexNames(this.#names);
      return this.#exact.get(name);
    }
    this.#folded ??= indexNames(this.#names.map((header) => header.toLowerCase()));
    return this.#folded.get(name.toLowerCase());
  }
}

function isPosition(name: string): boolean {
  return /^_\d+$/.test(name);
}

function indexNames(names: readonly string[]): ReadonlyMap<string, number | "ambiguous"> {
  const indexes = new Map<string, number | "ambiguous">();
  for (const [index, name] of names.entries()) {
    indexes.set(name, indexes.has(name) ? "ambiguous" : index);
  }
  return indexes;
}
