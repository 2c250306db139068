/** CAST between the types of contract §4.7. */
import type { CastType } from "./ast.ts";
import { floatOf } from "./compare.ts";
import { SelectRunError } from "./errors.ts";
import { findInt64, findInteger } from "./integer.ts";
import { findPlainUnits, floatPowers, plainScaleOf } from "./plain-number.ts";
import {
  decimalOfFloat,
  decimalOfInteger,
  findDecimal,
  floatOfDecimal,
  isZeroDecimal,
  SqlDecimal,
  truncateDecimal,
} from "./sql-decimal.ts";
import { findTimestamp, SqlTimestamp } from "./sql-timestamp.ts";
import { describeValue, formatValue, SqlFloat, type SqlValue } from "./value.ts";

/** A conversion to one type. */
export type Cast = (value: SqlValue) => SqlValue;

/**
 * The conversion to `type`. NULL and MISSING stay what they are. Text must be the value exactly, without
 * spaces around it. The conversion throws `CastFailed` for a value that the type cannot hold and
 * `InvalidCast` for types between which there is no conversion.
 */
export function castTo(type: CastType): Cast {
  return casts[type];
}

const casts: Readonly<Record<CastType, Cast>> = {
  bool: castToBool,
  int: castToInt,
  string: (value) => (value === null || value === undefined ? value : formatValue(value)),
  float: castToFloat,
  decimal: castToDecimal,
  timestamp: castToTimestamp,
};

function castToBool(value: SqlValue): SqlValue {
  switch (typeof value) {
    case "boolean":
    case "undefined":
      return value;
    case "number":
    case "bigint":
      // Zero has one representation, the number 0.
      return value !== 0;
    case "string":
      return boolOf(value);
    default:
      if (value === null) {
        return value;
      }
      if (value instanceof SqlTimestamp) {
        throw invalid(value, "BOOL");
      }
      return value instanceof SqlFloat ? value.value !== 0 : !isZeroDecimal(value);
  }
}

function boolOf(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower !== "true" && lower !== "false") {
    throw failed(text, "BOOL", "true or false");
  }
  return lower === "true";
}

function castToInt(value: SqlValue): SqlValue {
  switch (typeof value) {
    case "string":
      return findInteger(value) ?? fail(value, "INT", wantedInt);
    case "number":
    case "bigint":
    case "undefined":
      return value;
    case "boolean":
      return value ? 1 : 0;
    default:
      if (value === null) {
        return value;
      }
      if (value instanceof SqlTimestamp) {
        throw invalid(value, "INT");
      }
      return truncate(value) ?? fail(value, "INT", wantedInt);
  }
}

const wantedInt = "an int from -9223372036854775808 to 9223372036854775807";

function truncate(value: SqlFloat | SqlDecimal): number | bigint | undefined {
  const whole =
    value instanceof SqlFloat ? BigInt(Math.trunc(value.value)) : truncateDecimal(value);
  return whole === undefined ? undefined : findInt64(whole);
}

function castToFloat(value: SqlValue): SqlValue {
  switch (typeof value) {
    case "string":
      return new SqlFloat(parseFloatText(value));
    case "number":
    case "bigint":
      return new SqlFloat(Number(value));
    case "boolean":
      return new SqlFloat(value ? 1 : 0);
    case "undefined":
      return value;
    default:
      if (value === null || value instanceof SqlFloat) {
        return value;
      }
      if (value instanceof SqlTimestamp) {
        throw invalid(value, "FLOAT");
      }
      return new SqlFloat(floatOfDecimal(value));
  }
}

const floatForm = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The float nearest to the number that `text` is. Throws `CastFailed`. */
export function parseFloatText(text: string): number {
  const units = findPlainUnits(text);
  if (!Number.isNaN(units)) {
    return units / (floatPowers[plainScaleOf(text)] ?? 1);
  }
  const value = floatForm.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    throw failed(text, "FLOAT", "a number within ±1.8e308");
  }
  return value;
}

function castToDecimal(value: SqlValue): SqlValue {
  switch (typeof value) {
    case "string":
      return findDecimal(value) ?? fail(value, "DECIMAL", "a number of at most 38 digits");
    case "number":
    case "bigint":
      return decimalOfInteger(value);
    case "boolean":
      return decimalOfInteger(value ? 1 : 0);
    case "undefined":
      return value;
    default:
      if (value === null || value instanceof SqlDecimal) {
        return value;
      }
      if (value instanceof SqlTimestamp) {
        throw invalid(value, "DECIMAL");
      }
      return decimalOfFloat(floatOf(value));
  }
}

function castToTimestamp(value: SqlValue): SqlValue {
  if (typeof value === "string") {
    return (
      findTimestamp(value) ?? fail(value, "TIMESTAMP", "a timestamp such as 2010-02-03T04:05Z")
    );
  }
  if (value === null || value === undefined || value instanceof SqlTimestamp) {
    return value;
  }
  throw invalid(value, "TIMESTAMP");
}

function fail(value: SqlValue, type: string, wanted: string): never {
  throw failed(value, type, wanted);
}

function failed(value: SqlValue, type: string, wanted: string): SelectRunError {
  return new SelectRunError(
    "CastFailed",
    `CAST AS ${type} needs ${wanted}; got ${describeValue(value)}`,
  );
}

function invalid(value: SqlValue, type: string): SelectRunError {
  return new SelectRunError(
    "InvalidCast",
    `CAST AS ${type} takes no ${describeValue(value)}: there is no such conversion`,
  );
}
