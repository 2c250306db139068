/** Values of the query language, as JavaScript values. */
import type { SqlDecimal } from "./sql-decimal.ts";
import type { SqlTimestamp } from "./sql-timestamp.ts";

/** A finite 64-bit float. A class, because a plain number is an int. */
export class SqlFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/**
 * | SQL | JavaScript |
 * |---|---|
 * | string | string |
 * | bool | boolean |
 * | int | number within ±(2^53-1), else bigint: one representation per number |
 * | float, decimal, timestamp | `SqlFloat`, `SqlDecimal`, `SqlTimestamp` |
 * | NULL | `null` |
 * | MISSING | `undefined` |
 */
export type SqlValue =
  | string
  | boolean
  | number
  | bigint
  | SqlFloat
  | SqlDecimal
  | SqlTimestamp
  | null
  | undefined;
