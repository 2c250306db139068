/** Sizes, rates, durations and dates as people write and read them. */
import { InvalidArgumentError } from "commander";
import { findWholeNumber } from "../domain/decimal.ts";
import { GIB, KIB, MIB } from "../domain/limits.ts";
import { findIsoInstant, formatIsoSeconds } from "../std/iso-time.ts";

const TIB = 1024 * GIB;

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["kib", KIB],
  ["mib", MIB],
  ["gib", GIB],
  ["tib", TIB],
]);

const RATE_SECONDS: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["min", 60],
  ["h", 3600],
  ["d", 86_400],
]);

/** Bytes of `16MiB` or `1048576`; `undefined` for another form. Units are binary and end in `iB`. */
export function findSizeBytes(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^(\d+)\s?([a-z]*)$/i.exec(text) ?? [];
  const factor = SIZE_UNITS.get(unit.toLowerCase());
  const count = findWholeNumber(digits);
  if (factor === undefined || count === undefined) {
    return undefined;
  }
  const bytes = count * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** For commander: a size from 1 byte on. Throws `InvalidArgumentError`. */
export function parseSize(text: string): number {
  const bytes = findSizeBytes(text);
  if (bytes === undefined || bytes === 0) {
    throw new InvalidArgumentError(
      `It must be a number of bytes, or one with KiB, MiB, GiB or TiB, such as 16MiB; got "${text}".`,
    );
  }
  return bytes;
}

/** Bytes per second of `20MiB/s` or `50GiB/h`; `undefined` for another form, or for none at all. */
export function findRate(text: string): number | undefined {
  const [, size = "", per = ""] = /^(.*)\/(s|min|h|d)$/i.exec(text) ?? [];
  const bytes = findSizeBytes(size);
  const seconds = RATE_SECONDS.get(per.toLowerCase());
  return bytes === undefined || bytes === 0 || seconds === undefined ? undefined : bytes / seconds;
}

/** For commander: bytes per second. Throws `InvalidArgumentError`. */
export function parseRate(text: string): number {
  const rate = findRate(text);
  if (rate === undefined) {
    throw new InvalidArgumentError(
      `It must be a size per s, min, h or d, such as 20MiB/s or 50GiB/h; got "${text}".`,
    );
  }
  return rate;
}

/** For commander: a whole number within limits. */
export function parseCount(limits: { readonly min: number; readonly max: number }) {
  const { min, max } = limits;
  return (text: string): number => {
    const count = findWholeNumber(text);
    if (count === undefined || count < min || count > max) {
      throw new InvalidArgumentError(
        `It must be a whole number from ${min} to ${max}; got "${text}".`,
      );
    }
    return count;
  };
}

/** For commander: epoch milliseconds of `2026-01-31` (its first instant, UTC) or an ISO 8601 instant. */
export function parseInstant(text: string): number {
  const epochMs = findIsoInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (epochMs === undefined) {
    throw new InvalidArgumentError(
      `It must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z; got "${text}".`,
    );
  }
  return epochMs;
}

const DURATION_UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** For commander: milliseconds of `30s`, `15m`, `12h` or `90d`. */
export function parseDuration(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const factor = DURATION_UNIT_MS.get(unit);
  if (factor === undefined) {
    throw new InvalidArgumentError(
      `It must be a whole number with s, m, h or d, such as 90d; got "${text}".`,
    );
  }
  return Number(digits) * factor;
}

/** `812 B`, `4.2 GiB`: at most three digits before the unit and one after the point. */
export function formatSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `151 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatSize(Math.round(bytesPerSecond))}/s`;
}

/** `0:29`, `14 min`, `3 h 05 min`, `2 d 4 h`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (minutes < 10) {
    return `${minutes}:${pad(seconds % 60)}`;
  }
  if (hours < 1) {
    return `${minutes} min`;
  }
  return hours < 48
    ? `${hours} h ${pad(minutes % 60)} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `2025-07-14 18:02:11`, UTC, for tables. */
export function formatTableTime(epochMs: number): string {
  return formatIsoSeconds(epochMs).slice(0, 19).replace("T", " ");
}

/** `1 284 files`: groups of three digits and the word's plural with `s`. */
export function formatCount(count: number, word: string): string {
  return `${formatNumber(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** `1 284`: groups of three digits. */
export function formatNumber(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, " ");
}
