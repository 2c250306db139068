/** DATE_ADD, DATE_DIFF and EXTRACT (guide: Date Functions). */
import type { DatePart, ExtractPart } from "./ast.ts";
import { SelectRunError } from "./errors.ts";
import {
  compareFractions,
  daysInMonth,
  findEpochSeconds,
  formatTimestamp,
  isInRange,
  localFieldsOf,
  SqlTimestamp,
  type TimestampPrecision,
} from "./sql-timestamp.ts";

/** Seconds of the parts that have a fixed length. */
const partSeconds = { day: 86_400, hour: 3600, minute: 60, second: 1 } as const;

/** From coarse to fine. */
const precisions: readonly TimestampPrecision[] = ["year", "month", "day", "minute", "second"];

/**
 * `timestamp` moved by `quantity` parts, at least as precise as that part: an hour added to `2017T` gives
 * `2017-01-01T01:00-00:00`. Months and years keep the day, or take the last one of a shorter month.
 * Throws `IllegalSqlFunctionArgument` when the result leaves the years 0001 to 9999.
 */
export function addDateParts(
  part: DatePart,
  quantity: number | bigint,
  timestamp: SqlTimestamp,
): SqlTimestamp {
  const amount = Number(quantity);
  const epochSeconds =
    part === "year" || part === "month"
      ? addMonths(timestamp, part === "year" ? amount * 12 : amount)
      : timestamp.epochSeconds + amount * partSeconds[part];
  const offsetSeconds = (timestamp.offsetMinutes ?? 0) * 60;
  if (
    epochSeconds === undefined ||
    !isInRange(epochSeconds) ||
    !isInRange(epochSeconds + offsetSeconds)
  ) {
    throw new SelectRunError(
      "IllegalSqlFunctionArgument",
      `DATE_ADD must stay within the years 0001 to 9999; ${formatTimestamp(timestamp)} moved by ` +
        `${quantity} in ${part} does not`,
    );
  }
  const { fraction, offsetMinutes } = timestamp;
  const precision = finer(timestamp.precision, part === "hour" ? "minute" : part);
  return new SqlTimestamp({ epochSeconds, fraction, offsetMinutes, precision });
}

/**
 * How many whole parts lie between two timestamps, negative when `to` is before `from`: 23 hours are no
 * day. Years and months are counted by the calendar of `from`'s offset (contract §8.24).
 */
export function countDateParts(part: DatePart, from: SqlTimestamp, to: SqlTimestamp): number {
  if (part === "year" || part === "month") {
    const months = countMonths(from, to);
    return Math.trunc(part === "year" ? months / 12 : months) + 0;
  }
  let seconds = to.epochSeconds - from.epochSeconds;
  const fractions = compareFractions(to.fraction, from.fraction);
  if (seconds > 0 && fractions < 0) {
    seconds -= 1;
  } else if (seconds < 0 && fractions > 0) {
    seconds += 1;
  }
  return Math.trunc(seconds / partSeconds[part]) + 0;
}

/** One field of a timestamp in its own local time; a field it is too coarse for has its first value. */
export function extractPart(part: ExtractPart, timestamp: SqlTimestamp): number {
  const offset = timestamp.offsetMinutes ?? 0;
  switch (part) {
    case "timezone_hour":
      return Math.trunc(offset / 60) + 0;
    case "timezone_minute":
      return (offset % 60) + 0;
    default:
      return localFieldsOf(timestamp)[part];
  }
}

/** Epoch seconds after moving by whole months; `undefined` outside the years 1 to 9999. */
function addMonths(timestamp: SqlTimestamp, months: number): number | undefined {
  const fields = localFieldsOf(timestamp);
  const count = fields.year * 12 + fields.month - 1 + months;
  const year = Math.floor(count / 12);
  const month = count - year * 12 + 1;
  const day = Math.min(fields.day, daysInMonth(year, month));
  const local = findEpochSeconds({ ...fields, year, month, day });
  return local === undefined ? undefined : local - (timestamp.offsetMinutes ?? 0) * 60;
}

function countMonths(from: SqlTimestamp, to: SqlTimestamp): number {
  const start = localFieldsOf(from);
  const { epochSeconds, fraction, precision } = to;
  const { offsetMinutes } = from;
  const end = localFieldsOf(new SqlTimestamp({ epochSeconds, fraction, precision, offsetMinutes }));
  const months = (end.year - start.year) * 12 + end.month - start.month;
  const rest =
    end.day - start.day ||
    end.hour - start.hour ||
    end.minute - start.minute ||
    end.second - start.second ||
    compareFractions(to.fraction, from.fraction);
  if (months > 0 && rest < 0) {
    return months - 1;
  }
  return months < 0 && rest > 0 ? months + 1 : months;
}

function finer(left: TimestampPrecision, right: TimestampPrecision): TimestampPrecision {
  return precisions.indexOf(left) > precisions.indexOf(right) ? left : right;
}
