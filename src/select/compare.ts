/** Equality and order of values that are neither NULL nor MISSING (contract §4.7). */
import { SelectRunError } from "./errors.ts";
import { compareDecimals, decimalOfInteger, nearestFloat, SqlDecimal } from "./sql-decimal.ts";
import { compareTimestamps, SqlTimestamp } from "./sql-timestamp.ts";
import { describeValue, SqlFloat, type SqlValue } from "./value.ts";

export type SqlNumber = number | bigint | SqlFloat | SqlDecimal;

export function isNumeric(value: SqlValue): value is SqlNumber {
  return (
    typeof value === "number" ||
    typeof value === "bigint" ||
    value instanceof SqlFloat ||
    value instanceof SqlDecimal
  );
}

/** Whether two values are equal: numbers by value, timestamps by instant, unlike types never. */
export function areEqual(left: SqlValue, right: SqlValue): boolean {
  if (typeof left !== "object" && typeof right !== "object") {
    return left === right;
  }
  if (isNumeric(left) && isNumeric(right)) {
    return compareNumbers(left, right) === 0;
  }
  return (
    left instanceof SqlTimestamp &&
    right instanceof SqlTimestamp &&
    compareTimestamps(left, right) === 0
  );
}

/**
 * Below 0, 0 or above 0: numbers by value, strings by code point, false before true, timestamps by
 * instant. Throws `InvalidDataType` for unlike types.
 */
export function compareValues(left: SqlValue, right: SqlValue): number {
  if (typeof left === "string" && typeof right === "string") {
    return compareStrings(left, right);
  }
  if (isNumeric(left) && isNumeric(right)) {
    return compareNumbers(left, right);
  }
  if (left instanceof SqlTimestamp && right instanceof SqlTimestamp) {
    return compareTimestamps(left, right);
  }
  if (typeof left === "boolean" && typeof right === "boolean") {
    return Number(left) - Number(right);
  }
  throw new SelectRunError(
    "InvalidDataType",
    `values of unlike types have no order: ${describeValue(left)} and ${describeValue(right)}`,
  );
}

/** Exact, but with a float on one side both are compared as floats. */
export function compareNumbers(left: SqlNumber, right: SqlNumber): number {
  if (typeof left !== "object" && typeof right !== "object") {
    return left < right ? -1 : Number(left > right);
  }
  if (left instanceof SqlFloat || right instanceof SqlFloat) {
    const leftFloat = floatOf(left);
    const rightFloat = floatOf(right);
    return leftFloat < rightFloat ? -1 : Number(leftFloat > rightFloat);
  }
  return compareDecimals(decimalOf(left), decimalOf(right));
}

/** The float nearest to a number; infinite for decimals beyond the range of floats. */
export function floatOf(value: SqlNumber): number {
  if (value instanceof SqlFloat) {
    return value.value;
  }
  return value instanceof SqlDecimal ? nearestFloat(value) : Number(value);
}

export function decimalOf(value: number | bigint | SqlDecimal): SqlDecimal {
  return value instanceof SqlDecimal ? value : decimalOfInteger(value);
}

/** By code point, which is also the order of the UTF-8 bytes; UTF-16's own order differs for surrogates. */
export function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) {
      return rankOf(leftUnit) - rankOf(rightUnit);
    }
  }
  return left.length - right.length;
}

/** Moves surrogates, which stand for the highest code points, behind all other units. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
