/** Timestamps of every precision, with the offset they were written with (guide, Supported Data Types). */

/** Down to which part a timestamp is given; a fraction belongs to `second`. */
export type TimestampPrecision = "year" | "month" | "day" | "minute" | "second";

/** The parts of a timestamp that its constructor takes. */
export interface TimestampParts {
  /** Whole seconds since 1970-01-01T00:00:00Z, rounded down. */
  readonly epochSeconds: number;
  /** Digits after the point, `""` without fraction; trailing zeros are precision. */
  readonly fraction: string;
  /** Local time minus UTC; `undefined` = unknown (`-00:00`), as of every date without time. */
  readonly offsetMinutes: number | undefined;
  readonly precision: TimestampPrecision;
}

/** An instant, how precisely it is known, and the offset of the place it was written at. */
export class SqlTimestamp implements TimestampParts {
  readonly epochSeconds: number;
  readonly fraction: string;
  readonly offsetMinutes: number | undefined;
  readonly precision: TimestampPrecision;

  constructor({ epochSeconds, fraction, offsetMinutes, precision }: TimestampParts) {
    this.epochSeconds = epochSeconds;
    this.fraction = fraction;
    this.offsetMinutes = offsetMinutes;
    this.precision = precision;
  }
}

/** Calendar fields in local time. */
export interface LocalFields {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const timestampPattern = new RegExp(
  "^(\\d{4})(?:T|-(\\d\\d)(?:T|-(\\d\\d)(?:T?|" +
    "T(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d+))?)?(Z|[+-]\\d\\d:\\d\\d))))$",
);

/**
 * The timestamp that `text` is: `2010T`, `2010-02T`, `2010-02-03`, `2010-02-03T`, or with a time and the
 * offset that a time requires (`2010-02-03T04:05Z`, `…:06.789+07:00`). `undefined` for any other text
 * and when it names no real date, time or offset. Years are 0001 to 9999, in local time and in UTC.
 */
export function findTimestamp(text: string): SqlTimestamp | undefined {
  const match = timestampPattern.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, year, month, day, hour, minute, second, fraction = "", zone] = match;
  const offsetMinutes = zone === undefined ? undefined : findOffsetMinutes(zone);
  if (zone !== undefined && Number.isNaN(offsetMinutes)) {
    return undefined;
  }
  const localSeconds = findEpochSeconds({
    year: Number(year),
    month: Number(month ?? 1),
    day: Number(day ?? 1),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  });
  if (localSeconds === undefined) {
    return undefined;
  }
  const epochSeconds = localSeconds - (offsetMinutes ?? 0) * 60;
  const precision = precisionOf({ month, day, hour, second });
  const parts = { epochSeconds, fraction, offsetMinutes, precision };
  return isInRange(epochSeconds) ? new SqlTimestamp(parts) : undefined;
}

/** The UTC timestamp with milliseconds of an instant. */
export function timestampOfEpochMs(epochMs: number): SqlTimestamp {
  const epochSeconds = Math.floor(epochMs / 1000);
  return new SqlTimestamp({
    epochSeconds,
    fraction: String(Math.floor(epochMs) - epochSeconds * 1000).padStart(3, "0"),
    offsetMinutes: 0,
    precision: "second",
  });
}

/** ISO 8601 at the timestamp's own precision: `2010T`, `2010-02T`, `2010-02-03`, `2010-02-03T04:05Z`. */
export function formatTimestamp(timestamp: SqlTimestamp): string {
  const { year, month, day, hour, minute, second } = localFieldsOf(timestamp);
  const { precision, fraction, offsetMinutes } = timestamp;
  const yearText = String(year).padStart(4, "0");
  if (precision === "year") {
    return `${yearText}T`;
  }
  if (precision === "month") {
    return `${yearText}-${two(month)}T`;
  }
  const dayText = `${yearText}-${two(month)}-${two(day)}`;
  if (precision === "day") {
    return dayText;
  }
  const seconds = precision === "second" ? `:${two(second)}` : "";
  const fractionText = fraction === "" ? "" : `.${fraction}`;
  const zone = formatOffset(offsetMinutes);
  return `${dayText}T${two(hour)}:${two(minute)}${seconds}${fractionText}${zone}`;
}

/** Below 0, 0 or above 0 by instant: precision and offset make no difference. */
export function compareTimestamps(left: SqlTimestamp, right: SqlTimestamp): number {
  if (left.epochSeconds !== right.epochSeconds) {
    return left.epochSeconds - right.epochSeconds;
  }
  return compareFractions(left.fraction, right.fraction);
}

/** Compares the digits of two fractions of a second; missing ones are zeros. */
export function compareFractions(left: string, right: string): number {
  if (left === right) {
    return 0;
  }
  const width = Math.max(left.length, right.length);
  const leftDigits = left.padEnd(width, "0");
  const rightDigits = right.padEnd(width, "0");
  return leftDigits < rightDigits ? -1 : Number(leftDigits > rightDigits);
}

/** The calendar fields of the timestamp's own local time. */
export function localFieldsOf(timestamp: SqlTimestamp): LocalFields {
  const local = timestamp.epochSeconds + (timestamp.offsetMinutes ?? 0) * 60;
  const date = new Date(local * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

/** Seconds since 1970 of `fields` read as UTC; `undefined` when they name no real date and time. */
export function findEpochSeconds(fields: LocalFields): number | undefined {
  const { year, month, day, hour, minute, second } = fields;
  const real =
    year >= 1 &&
    year <= 9999 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59;
  return real
    ? daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    : undefined;
}

/** Whether the instant lies in the years 0001 to 9999 of UTC. */
export function isInRange(epochSeconds: number): boolean {
  return epochSeconds >= -62_135_596_800 && epochSeconds < 253_402_300_800;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Two digits. */
export function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function formatOffset(offsetMinutes: number | undefined): string {
  if (offsetMinutes === undefined) {
    return "-00:00";
  }
  if (offsetMinutes === 0) {
    return "Z";
  }
  const distance = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? "-" : "+";
  return `${sign}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
}

/** `undefined` for the unknown offset `-00:00`, NaN for one that does not exist. */
function findOffsetMinutes(zone: string): number | undefined {
  if (zone === "Z") {
    return 0;
  }
  if (zone === "-00:00") {
    return undefined;
  }
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) {
    return Number.NaN;
  }
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

function precisionOf(given: {
  month: string | undefined;
  day: string | undefined;
  hour: string | undefined;
  second: string | undefined;
}): TimestampPrecision {
  if (given.month === undefined) {
    return "year";
  }
  if (given.day === undefined) {
    return "month";
  }
  if (given.hour === undefined) {
    return "day";
  }
  return given.second === undefined ? "minute" : "second";
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}
