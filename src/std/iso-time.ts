/** Instants are epoch milliseconds inside; ISO 8601 text exists on the wire only. */

/** `2012-03-20T17:03:43.221Z`: always UTC, always three fraction digits (contract §1.7). */
export function formatIsoMilliseconds(epochMs: number): string {
  const day = Math.floor(epochMs / DAY_MS);
  if (!(day >= 0 && day < LAST_DAY && Number.isInteger(epochMs))) {
    return new Date(epochMs).toISOString();
  }
  const timeMs = epochMs - day * DAY_MS;
  const fraction = timeMs % 1000;
  const hundreds = Math.floor(fraction / 100);
  return `${formatDay(day)}T${formatTime(timeMs)}.${hundreds}${twoDigits[fraction % 100]}Z`;
}

/** `2012-03-20T17:03:43Z`: cut, not rounded, to seconds (contract §1.7, inventories). */
export function formatIsoSeconds(epochMs: number): string {
  const day = Math.floor(epochMs / DAY_MS);
  if (!(day >= 0 && day < LAST_DAY)) {
    return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
  }
  return `${formatDay(day)}T${formatTime(epochMs - day * DAY_MS)}Z`;
}

/** `17:03:43` of the milliseconds since midnight. */
function formatTime(timeMs: number): string {
  const second = Math.floor(timeMs / 1000);
  const hours = twoDigits[Math.floor(second / 3600)];
  const minutes = twoDigits[Math.floor(second / 60) % 60];
  return `${hours}:${minutes}:${twoDigits[second % 60]}`;
}

const DAY_MS = 86_400_000;
/** 10000-01-01, whose year has five digits, in days since 1970-01-01. */
const LAST_DAY = 2_932_897;
const DAYS_OF_400_YEARS = 146_097;
/** From 0000-03-01 to 1970-01-01. */
const DAYS_BEFORE_1970 = 719_468;
const twoDigits = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0"));

/**
 * `2012-03-20` of the days since 1970-01-01. A `Date` takes ten times as long, which an inventory of a million
 * archives feels. Years are counted from March, so that the leap day is their last: "civil_from_days" of
 * https://howardhinnant.github.io/date_algorithms.html.
 */
function formatDay(day: number): string {
  const shifted = day + DAYS_BEFORE_1970;
  const era = Math.floor(shifted / DAYS_OF_400_YEARS);
  const dayOfEra = shifted - era * DAYS_OF_400_YEARS;
  const leapDays =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const yearStart = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - yearStart;
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  const century = twoDigits[Math.floor(year / 100)];
  return `${century}${twoDigits[year % 100]}-${twoDigits[month]}-${twoDigits[dayOfMonth]}`;
}

/** `20120320T170343Z`, the form of `x-amz-date`. */
export function formatIsoBasic(epochMs: number): string {
  const text = formatIsoSeconds(epochMs);
  // Only years of four digits end there; slices are quicker than a pattern.
  return text[4] === "-"
    ? `${text.slice(0, 4)}${text.slice(5, 7)}${text.slice(8, 13)}${text.slice(14, 16)}${text.slice(17)}`
    : text.replaceAll(/[-:]/g, "");
}

const isoPattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** What `formatIsoMilliseconds` writes, on a day that every month has: `Date.parse` is exact and quick there. */
const usualPattern = /^\d{4}-\d\d-(?:[01]\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/**
 * Epoch milliseconds of ISO 8601 `text` with seconds, an optional fraction (cut to milliseconds) and
 * `Z` or an offset (contract §1.7); `undefined` when it has another form or names no real instant.
 */
export function findIsoInstant(text: string): number | undefined {
  if (usualPattern.test(text)) {
    const epochMs = Date.parse(text);
    return Number.isNaN(epochMs) ? undefined : epochMs;
  }
  const match = isoPattern.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = match;
  const fields = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const epochMs = findUtcInstant(fields);
  const offsetMs = findOffsetMs(zone);
  if (epochMs === undefined || offsetMs === undefined) {
    return undefined;
  }
  return epochMs + Number(fraction.slice(0, 3).padEnd(3, "0")) - offsetMs;
}

const basicPattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Epoch milliseconds of `20120320T170343Z`; `undefined` when it has another form. */
export function findIsoBasicInstant(text: string): number | undefined {
  const match = basicPattern.exec(text);
  if (match === null) {
    return undefined;
  }
  return findUtcInstant(
    match.slice(1).map(Number) as [number, number, number, number, number, number],
  );
}

type UtcFields = [number, number, number, number, number, number];

function findUtcInstant([year, month, day, hour, minute, second]: UtcFields): number | undefined {
  if (year >= 1000 && month <= 12 && day <= 28 && hour <= 23 && minute <= 59 && second <= 59) {
    // On a day that every month has, nothing can run over into another field; 0 is left to the checks below.
    return month > 0 && day > 0 ? Date.UTC(year, month - 1, day, hour, minute, second) : undefined;
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  const same =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return same ? date.getTime() : undefined;
}

function findOffsetMs(zone: string): number | undefined {
  if (zone === "Z") {
    return 0;
  }
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) {
    return undefined;
  }
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
