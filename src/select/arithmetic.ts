/** `+ - * / %` and unary minus: int with int stays int, a float makes floats, else decimals are exact. */
import type { ArithmeticOperator } from "./ast.ts";
import { decimalOf, floatOf, isNumeric, type SqlNumber } from "./compare.ts";
import { SelectRunError } from "./errors.ts";
import {
  addIntegers,
  divideIntegers,
  multiplyIntegers,
  negateInteger,
  remainderOfIntegers,
  subtractIntegers,
} from "./integer.ts";
import {
  addDecimals,
  divideDecimals,
  multiplyDecimals,
  negateDecimal,
  remainderOfDecimals,
  SqlDecimal,
  subtractDecimals,
} from "./sql-decimal.ts";
import { describeValue, SqlFloat, type SqlValue } from "./value.ts";

interface Arithmetic {
  readonly integers: (left: number | bigint, right: number | bigint) => number | bigint;
  readonly floats: (left: number, right: number) => number;
  readonly decimals: (left: SqlDecimal, right: SqlDecimal) => SqlDecimal;
}

const arithmetics: Readonly<Record<ArithmeticOperator, Arithmetic>> = {
  "+": {
    integers: addIntegers,
    floats: (left, right) => left + right,
    decimals: addDecimals,
  },
  "-": {
    integers: subtractIntegers,
    floats: (left, right) => left - right,
    decimals: subtractDecimals,
  },
  "*": {
    integers: multiplyIntegers,
    floats: (left, right) => left * right,
    decimals: multiplyDecimals,
  },
  "/": {
    integers: divideIntegers,
    floats: (left, right) => left / right,
    decimals: divideDecimals,
  },
  "%": {
    integers: remainderOfIntegers,
    floats: (left, right) => left % right,
    decimals: remainderOfDecimals,
  },
};

/**
 * What `operator` makes of two values; MISSING with MISSING on either side, else NULL with NULL. Throws
 * `InvalidDataType` for anything but numbers, `DivisionByZero`, `IntegerOverflow`, `NumericOverflow`.
 */
export function calculate(operator: ArithmeticOperator, left: SqlValue, right: SqlValue): SqlValue {
  if (left === undefined || right === undefined) {
    return undefined;
  }
  if (left === null || right === null) {
    return null;
  }
  const leftNumber = numberOf(left, operator);
  const rightNumber = numberOf(right, operator);
  if ((operator === "/" || operator === "%") && isZero(rightNumber)) {
    throw new SelectRunError("DivisionByZero", `${describeValue(left)} ${operator} 0`);
  }
  const { integers, floats, decimals } = arithmetics[operator];
  if (typeof leftNumber !== "object" && typeof rightNumber !== "object") {
    return integers(leftNumber, rightNumber);
  }
  if (leftNumber instanceof SqlFloat || rightNumber instanceof SqlFloat) {
    return finite(floats(floatOf(leftNumber), floatOf(rightNumber)), operator);
  }
  return decimals(decimalOf(leftNumber), decimalOf(rightNumber));
}

/** Unary minus, by the rules of `calculate`. */
export function negate(value: SqlValue): SqlValue {
  if (value === undefined || value === null) {
    return value;
  }
  const number = numberOf(value, "-");
  if (number instanceof SqlFloat) {
    return new SqlFloat(-number.value);
  }
  return number instanceof SqlDecimal ? negateDecimal(number) : negateInteger(number);
}

function numberOf(value: SqlValue, operator: string): SqlNumber {
  if (isNumeric(value)) {
    return value;
  }
  throw new SelectRunError(
    "InvalidDataType",
    `${operator} needs numbers; got ${describeValue(value)} (columns are strings until CAST)`,
  );
}

function isZero(value: SqlNumber): boolean {
  return typeof value === "object"
    ? (value instanceof SqlFloat ? value.value : value.units) === 0
    : value === 0;
}

function finite(value: number, operator: string): SqlFloat {
  if (!Number.isFinite(value)) {
    throw new SelectRunError(
      "NumericOverflow",
      `the result of ${operator} is beyond the range of float, ±1.8e308`,
    );
  }
  return new SqlFloat(value);
}
