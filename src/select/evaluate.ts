/** What compiled expressions are. */
import type { Row } from "./row.ts";
import type { SqlValue } from "./value.ts";

/** Computes an expression's value for one row. Throws `SelectRunError`. */
export type Evaluate = (row: Row) => SqlValue;

/** An expression as a closure. */
export interface Compiled {
  readonly evaluate: Evaluate;
  /** Whether every row gives the same value, and computing it does not fail. */
  readonly constant: boolean;
}

/** A row without columns, for what depends on none. */
export const emptyRow: Row = { columnCount: 0, column: () => undefined };

/** The value of a constant; `undefined`, like MISSING, of anything else. */
export function constantOf({ evaluate, constant }: Compiled): SqlValue {
  return constant ? evaluate(emptyRow) : undefined;
}

/** NOT: NULL and MISSING stay what they are. */
export function invert(value: boolean | null | undefined): boolean | null | undefined {
  return typeof value === "boolean" ? !value : value;
}
