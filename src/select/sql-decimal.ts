/** Exact decimal numbers of up to 38 digits: `units × 10^exponent`. */
import { SelectRunError } from "./errors.ts";
import { findPlainUnits, floatPowers, plainScaleOf } from "./plain-number.ts";

/**
 * An exact decimal number. `units` is a number within ±(2^53-1) and a bigint beyond, so that ordinary
 * values never touch bigints. 1.0 and 1.00 are equal but print their own digits.
 */
export class SqlDecimal {
  readonly units: number | bigint;
  readonly exponent: number;

  constructor(units: number | bigint, exponent: number) {
    this.units = units;
    this.exponent = exponent;
  }
}

/** Most significant digits of a decimal (guide, Supported Data Types). */
export const DECIMAL_DIGITS_MAX = 38;

/** Bound of the base-10 exponent on both sides (guide, Supported Data Types: scale of -2^31 to 2^31-1). */
const DECIMAL_EXPONENT_MAX = 2 ** 31 - 1;

/** Longest text that a decimal prints to; also the longest record (contract §4.7). */
const DECIMAL_TEXT_MAX_CHARACTERS = 1_048_576;

const decimalPattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/;

/**
 * The decimal that `text` is: an optional sign, digits with an optional point, an optional exponent.
 * `undefined` for any other text, for more than 38 significant digits, and beyond the exponent's bounds.
 */
export function findDecimal(text: string): SqlDecimal | undefined {
  return findSmallDecimal(text) ?? findLargeDecimal(text);
}

/** The decimal of up to 15 digits that `text` names, without pattern or bigint. */
function findSmallDecimal(text: string): SqlDecimal | undefined {
  const units = findPlainUnits(text);
  return Number.isNaN(units) ? undefined : new SqlDecimal(units, 0 - plainScaleOf(text));
}

function findLargeDecimal(text: string): SqlDecimal | undefined {
  const match = decimalPattern.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "");
  const exponent = Number(exponentText) - fraction.length;
  if (
    digits === "" ||
    digits.length > DECIMAL_DIGITS_MAX ||
    Math.abs(exponent) > DECIMAL_EXPONENT_MAX
  ) {
    return undefined;
  }
  return new SqlDecimal(narrow(BigInt(sign === "-" ? `-${digits}` : digits)), exponent);
}

/** The decimal equal to an int. */
export function decimalOfInteger(value: number | bigint): SqlDecimal {
  return new SqlDecimal(value, 0);
}

/** The decimal that the shortest text of a finite float names. */
export function decimalOfFloat(value: number): SqlDecimal {
  const decimal = findDecimal(String(value));
  if (decimal === undefined) {
    throw overflow();
  }
  return decimal;
}

/** The float nearest to `decimal`. Throws `NumericOverflow` beyond the range of floats. */
export function floatOfDecimal(decimal: SqlDecimal): number {
  const value = nearestFloat(decimal);
  if (!Number.isFinite(value)) {
    throw new SelectRunError(
      "NumericOverflow",
      `${decimal.units}e${decimal.exponent} is beyond the range of float, ±1.8e308`,
    );
  }
  return value;
}

/** The float nearest to `decimal`, infinite beyond the range of floats. */
export function nearestFloat({ units, exponent }: SqlDecimal): number {
  const power = exponent <= 0 ? floatPowers[-exponent] : undefined;
  // Both numbers are exact, so that one division rounds correctly.
  return typeof units === "number" && power !== undefined
    ? units / power
    : Number(`${units}e${exponent}`);
}

/** The whole part of `decimal`, truncated toward zero; `undefined` when it has more than 38 digits. */
export function truncateDecimal({ units, exponent }: SqlDecimal): bigint | undefined {
  if (exponent > DECIMAL_DIGITS_MAX) {
    return units === 0 ? 0n : undefined;
  }
  if (exponent >= 0) {
    return BigInt(units) * powerOfTen(exponent);
  }
  return -exponent > DECIMAL_DIGITS_MAX ? 0n : BigInt(units) / powerOfTen(-exponent);
}

/** The digits of `decimal` without exponent, as `123.40` (contract §8a). */
export function formatDecimal({ units, exponent }: SqlDecimal): string {
  const negative = units < 0;
  const digits = String(negative ? -units : units);
  if (digits.length + Math.abs(exponent) > DECIMAL_TEXT_MAX_CHARACTERS) {
    throw new SelectRunError(
      "OverMaxRecordSize",
      `the decimal ${units}e${exponent} has more than ${DECIMAL_TEXT_MAX_CHARACTERS} digits when written out`,
    );
  }
  const sign = negative ? "-" : "";
  if (exponent >= 0) {
    return sign + (units === 0 ? "0" : digits + "0".repeat(exponent));
  }
  const padded = digits.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** Below 0, 0 or above 0, as `left` is below, equal to or above `right`. Exact. */
export function compareDecimals(left: SqlDecimal, right: SqlDecimal): number {
  if (left.exponent === right.exponent) {
    return left.units < right.units ? -1 : Number(left.units > right.units);
  }
  const scaled = alignSmall(left, right);
  if (scaled !== undefined) {
    return scaled.leftUnits < scaled.rightUnits ? -1 : Number(scaled.leftUnits > scaled.rightUnits);
  }
  const leftSign = signOf(left);
  const rightSign = signOf(right);
  if (leftSign !== rightSign || leftSign === 0) {
    return leftSign - rightSign;
  }
  const magnitude = magnitudeOf(left) - magnitudeOf(right);
  if (magnitude !== 0) {
    return leftSign * magnitude;
  }
  // Equal magnitudes: the exponents differ by less than 38, so aligning them stays small.
  const { leftUnits, rightUnits } = align(left, right);
  return leftUnits < rightUnits ? -1 : Number(leftUnits > rightUnits);
}

export function negateDecimal({ units, exponent }: SqlDecimal): SqlDecimal {
  return new SqlDecimal(units === 0 ? 0 : -units, exponent);
}

/** The sum, rounded half to even to 38 digits when it has more. */
export function addDecimals(left: SqlDecimal, right: SqlDecimal): SqlDecimal {
  const scaled = alignSmall(left, right);
  if (scaled !== undefined && Number.isSafeInteger(scaled.leftUnits + scaled.rightUnits)) {
    return new SqlDecimal(scaled.leftUnits + scaled.rightUnits, scaled.exponent);
  }
  const distance = Math.abs(left.exponent - right.exponent);
  if (distance > 3 * DECIMAL_DIGITS_MAX) {
    return addDistant(left, right);
  }
  const { leftUnits, rightUnits, exponent } = align(left, right);
  return rounded(leftUnits + rightUnits, exponent);
}

export function subtractDecimals(left: SqlDecimal, right: SqlDecimal): SqlDecimal {
  return addDecimals(left, negateDecimal(right));
}

/** The product, rounded half to even to 38 digits when it has more. */
export function multiplyDecimals(left: SqlDecimal, right: SqlDecimal): SqlDecimal {
  const exponent = left.exponent + right.exponent;
  if (typeof left.units === "number" && typeof right.units === "number") {
    const product = left.units * right.units;
    if (Number.isSafeInteger(product)) {
      return checked(product, exponent);
    }
  }
  return rounded(BigInt(left.units) * BigInt(right.units), exponent);
}

/**
 * The quotient: exact when 38 digits hold it, else rounded half to even to 38 digits. An exact one has
 * no trailing zeros beyond the scale that the operands ask for (1.00 / 4 is 0.25, 6.0 / 2 is 3.0).
 * `right` is not zero.
 */
export function divideDecimals(left: SqlDecimal, right: SqlDecimal): SqlDecimal {
  const preferred = left.exponent - right.exponent;
  const divisor = BigInt(right.units);
  // 2 × 38 + 1 more digits than needed make the quotient's 38 digits and what decides the rounding.
  const shift = DECIMAL_DIGITS_MAX + digitCount(divisor) + 1;
  const dividend = BigInt(left.units) * powerOfTen(shift);
  let quotient = dividend / divisor;
  let exponent = preferred - shift;
  if (quotient * divisor !== dividend) {
    // A last digit of 1 marks "more than this": no half is mistaken for an exact one.
    quotient = quotient * 10n + (dividend < 0n === divisor < 0n ? 1n : -1n);
    return rounded(quotient, exponent - 1);
  }
  while (exponent < preferred && quotient % 10n === 0n) {
    quotient /= 10n;
    exponent += 1;
  }
  return rounded(quotient, exponent);
}

/** What truncating division leaves, with the sign of `left`. `right` is not zero. */
export function remainderOfDecimals(left: SqlDecimal, right: SqlDecimal): SqlDecimal {
  if (Math.abs(left.exponent - right.exponent) > 3 * DECIMAL_DIGITS_MAX) {
    return remainderOfDistant(left, right);
  }
  const { leftUnits, rightUnits, exponent } = align(left, right);
  return rounded(leftUnits % rightUnits, exponent);
}

export function isZeroDecimal({ units }: SqlDecimal): boolean {
  return units === 0;
}

function narrow(units: bigint): number | bigint {
  const value = Number(units);
  return Number.isSafeInteger(value) ? value : units;
}

const powers: bigint[] = [];
for (let exponent = 0, power = 1n; exponent <= 256; exponent += 1, power *= 10n) {
  powers.push(power);
}

function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent);
}

function digitCount(units: number | bigint): number {
  return String(units).length - (units < 0 ? 1 : 0);
}

function signOf({ units }: SqlDecimal): number {
  return units < 0 ? -1 : Number(units > 0);
}

/** The exponent of the first digit. */
function magnitudeOf({ units, exponent }: SqlDecimal): number {
  return digitCount(units) + exponent;
}

/** Both units at the lower exponent, as numbers; `undefined` when they are too large for that. */
function alignSmall(left: SqlDecimal, right: SqlDecimal) {
  const exponent = Math.min(left.exponent, right.exponent);
  const leftPower = floatPowers[left.exponent - exponent];
  const rightPower = floatPowers[right.exponent - exponent];
  if (
    typeof left.units !== "number" ||
    typeof right.units !== "number" ||
    leftPower === undefined ||
    rightPower === undefined
  ) {
    return undefined;
  }
  const leftUnits = left.units * leftPower;
  const rightUnits = right.units * rightPower;
  return Number.isSafeInteger(leftUnits) && Number.isSafeInteger(rightUnits)
    ? { leftUnits, rightUnits, exponent }
    : undefined;
}

function align(left: SqlDecimal, right: SqlDecimal) {
  const exponent = Math.min(left.exponent, right.exponent);
  return {
    leftUnits: BigInt(left.units) * powerOfTen(left.exponent - exponent),
    rightUnits: BigInt(right.units) * powerOfTen(right.exponent - exponent),
    exponent,
  };
}

/** The sum of numbers whose digits lie so far apart that the smaller one can only decide a rounding. */
function addDistant(left: SqlDecimal, right: SqlDecimal): SqlDecimal {
  if (isZeroDecimal(left)) {
    return right;
  }
  if (isZeroDecimal(right)) {
    return left;
  }
  const leftIsLarger = magnitudeOf(left) > magnitudeOf(right);
  const larger = leftIsLarger ? left : right;
  const smaller = leftIsLarger ? right : left;
  const shift = DECIMAL_DIGITS_MAX + 2;
  const units = BigInt(larger.units) * powerOfTen(shift) + BigInt(signOf(smaller));
  return rounded(units, larger.exponent - shift);
}

/** The remainder when aligning the exponents would need numbers of billions of digits. */
function remainderOfDistant(left: SqlDecimal, right: SqlDecimal): SqlDecimal {
  if (isZeroDecimal(left) || left.exponent < right.exponent) {
    return left;
  }
  const divisor = BigInt(right.units) < 0n ? -BigInt(right.units) : BigInt(right.units);
  const remainder =
    (BigInt(left.units) * powerModulo(left.exponent - right.exponent, divisor)) % divisor;
  return rounded(remainder, right.exponent);
}

/** 10^exponent modulo `modulus`, by squaring. */
function powerModulo(exponent: number, modulus: bigint): bigint {
  let result = 1n % modulus;
  let base = 10n % modulus;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      result = (result * base) % modulus;
    }
    base = (base * base) % modulus;
  }
  return result;
}

function rounded(units: bigint, exponent: number): SqlDecimal {
  const excess = digitCount(units) - DECIMAL_DIGITS_MAX;
  if (excess <= 0) {
    return checked(narrow(units), exponent);
  }
  const unit = powerOfTen(excess);
  let quotient = units / unit;
  const remainder = units % unit;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  if (twice > unit || (twice === unit && quotient % 2n !== 0n)) {
    quotient += units < 0n ? -1n : 1n;
  }
  // Rounding 99…9 up gives 39 digits, of which the last is a zero.
  return digitCount(quotient) > DECIMAL_DIGITS_MAX
    ? checked(narrow(quotient / 10n), exponent + excess + 1)
    : checked(narrow(quotient), exponent + excess);
}

function checked(units: number | bigint, exponent: number): SqlDecimal {
  if (Math.abs(exponent) > DECIMAL_EXPONENT_MAX) {
    throw overflow();
  }
  return new SqlDecimal(units === 0 ? 0 : units, exponent);
}

function overflow(): SelectRunError {
  return new SelectRunError(
    "NumericOverflow",
    "a decimal's exponent must lie within ±2147483647; the result's does not",
  );
}
