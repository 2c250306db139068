/** Values of the query language, as JavaScript values. */
import { formatDecimal, SqlDecimal } from "./sql-decimal.ts";
import { formatTimestamp, type SqlTimestamp } from "./sql-timestamp.ts";

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

/** A value's type as messages name it. */
export type SqlTypeName =
  | "string"
  | "bool"
  | "int"
  | "float"
  | "decimal"
  | "timestamp"
  | "NULL"
  | "MISSING";

export function typeNameOf(value: SqlValue): SqlTypeName {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
    case "bigint":
      return "int";
    case "undefined":
      return "MISSING";
    default:
      if (value === null) {
        return "NULL";
      }
      if (value instanceof SqlFloat) {
        return "float";
      }
      return value instanceof SqlDecimal ? "decimal" : "timestamp";
  }
}

/**
 * The text of a value in the output and after CAST AS STRING (contract §8a): floats as the shortest text
 * that reads back, decimals with their digits and no exponent, timestamps as ISO 8601 at their precision.
 * `undefined` for NULL and MISSING. Throws `OverMaxRecordSize` for a decimal of over a million digits.
 */
export function formatValue(value: SqlValue): string | undefined {
  if (typeof value === "string") {
    return value;
  }
  if (value === null || value === undefined) {
    return undefined;
  }
  if (typeof value !== "object") {
    return String(value);
  }
  if (value instanceof SqlFloat) {
    return String(value.value);
  }
  return value instanceof SqlDecimal ? formatDecimal(value) : formatTimestamp(value);
}

/** A value as messages show it: its type and, but for NULL and MISSING, at most 40 characters of text. */
export function describeValue(value: SqlValue): string {
  const name = typeNameOf(value);
  if (value === null || value === undefined) {
    return name;
  }
  if (value instanceof SqlDecimal) {
    return `decimal ${value.units}e${value.exponent}`;
  }
  const text = formatValue(value) ?? "";
  const shown = text.length <= 40 ? text : `${text.slice(0, 37)}...`;
  return typeof value === "string" ? `string '${shown}'` : `${name} ${shown}`;
}
