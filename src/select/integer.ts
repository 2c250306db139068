/** Ints of the query language: 64 bits, as a number within ±(2^53-1) and a bigint beyond. */
import { SelectRunError } from "./errors.ts";

/** 2^63, whose negative is the smallest int. */
export const minimumMagnitude = "9223372036854775808";

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

/** The smallest int, -9223372036854775808. */
export const smallestInteger: bigint = smallest;

/** The int that decimal digits name; `undefined` above 2^63-1. */
export function findIntegerLiteral(digits: string): number | bigint | undefined {
  return digits.length <= 15 ? Number(digits) : findBigInteger(digits);
}

/** The int that `[+-]digits` names, without spaces; `undefined` for other text and beyond 64 bits. */
export function findInteger(text: string): number | bigint | undefined {
  const small = findSmallInteger(text);
  if (!Number.isNaN(small)) {
    return small;
  }
  return /^[+-]?\d+$/.test(text) ? findBigInteger(text) : undefined;
}

/** `value` in its one representation; `undefined` beyond 64 bits. */
export function findInt64(value: bigint): number | bigint | undefined {
  if (value < smallest || value > largest) {
    return undefined;
  }
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

export function addIntegers(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) {
      return sum;
    }
  }
  return bounded(BigInt(left) + BigInt(right), `${left} + ${right}`);
}

export function subtractIntegers(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === "number" && typeof right === "number") {
    const difference = left - right;
    if (Number.isSafeInteger(difference)) {
      return difference;
    }
  }
  return bounded(BigInt(left) - BigInt(right), `${left} - ${right}`);
}

export function multiplyIntegers(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === "number" && typeof right === "number") {
    const product = left * right;
    if (Number.isSafeInteger(product)) {
      return product + 0;
    }
  }
  return bounded(BigInt(left) * BigInt(right), `${left} * ${right}`);
}

/** The quotient, truncated toward zero. `right` is not zero. */
export function divideIntegers(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === "number" && typeof right === "number") {
    return Math.trunc(left / right) + 0;
  }
  return bounded(BigInt(left) / BigInt(right), `${left} / ${right}`);
}

/** What truncating division leaves, with the sign of `left`. `right` is not zero. */
export function remainderOfIntegers(
  left: number | bigint,
  right: number | bigint,
): number | bigint {
  if (typeof left === "number" && typeof right === "number") {
    return (left % right) + 0;
  }
  return bounded(BigInt(left) % BigInt(right), `${left} % ${right}`);
}

export function negateInteger(value: number | bigint): number | bigint {
  return typeof value === "number" ? 0 - value : bounded(-value, `-(${value})`);
}

/** The int of up to 15 digits that `text` names, NaN for any other text: no allocation, no pattern. */
function findSmallInteger(text: string): number {
  const length = text.length;
  const first = text.charCodeAt(0);
  let index = first === 0x2d || first === 0x2b ? 1 : 0;
  if (length === index || length - index > 15) {
    return Number.NaN;
  }
  let value = 0;
  for (; index < length; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) {
      return Number.NaN;
    }
    value = value * 10 + digit;
  }
  return first === 0x2d ? 0 - value : value;
}

function findBigInteger(text: string): number | bigint | undefined {
  const digits = text.replace(/^\+/, "").replace(/^(-?)0+(?=\d)/, "$1");
  return digits.length > 20 ? undefined : findInt64(BigInt(digits));
}

function bounded(value: bigint, operation: string): number | bigint {
  const integer = findInt64(value);
  if (integer === undefined) {
    throw new SelectRunError(
      "IntegerOverflow",
      `${operation} is beyond the range of int, -9223372036854775808 to 9223372036854775807`,
    );
  }
  return integer;
}
