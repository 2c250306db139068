/** Ranges of bytes: half-open inside, inclusive text on the wire. */
import { findWholeNumber } from "./decimal.ts";
import { invalidParameter } from "./errors.ts";

/** Bytes from `start` up to, not including, `endExclusive`. */
export interface ByteRange {
  readonly start: number;
  readonly endExclusive: number;
}

/** Length of `range` in bytes. */
export function rangeLength(range: ByteRange): number {
  return range.endExclusive - range.start;
}

/** Whether both hold the same bytes. */
export function equalRanges(left: ByteRange, right: ByteRange): boolean {
  return left.start === right.start && left.endExclusive === right.endExclusive;
}

/** `0-4194303`: both ends inclusive, the form of `RangeInBytes` and `RetrievalByteRange`. */
export function formatInclusiveRange(range: ByteRange): string {
  return `${range.start}-${range.endExclusive - 1}`;
}

/** `bytes 0-4194303/6815744`: the `Content-Range` of an answer. */
export function formatContentRange(range: ByteRange, totalBytes: number): string {
  return `bytes ${formatInclusiveRange(range)}/${totalBytes}`;
}

/** The range from `first` to `last`, both inclusive; `undefined` when no numbers, reversed or past 2^53-1. */
export function findInclusiveRange(first = "", last = ""): ByteRange | undefined {
  const start = findWholeNumber(first);
  const end = findWholeNumber(last);
  if (start === undefined || end === undefined || end < start) {
    return undefined;
  }
  return Number.isSafeInteger(end + 1) ? { start, endExclusive: end + 1 } : undefined;
}

/**
 * The range in the `Content-Range` header of a part: `bytes <first>-<last>/*`. A number instead of the
 * asterisk is accepted and not checked (contract §0 F, §2.21). Throws `InvalidParameterValueException`.
 */
export function parseContentRange(text: string): ByteRange {
  const match = /^bytes (\d+)-(\d+)\/(?:\*|\d+)$/i.exec(text);
  const range = match === null ? undefined : findInclusiveRange(match[1], match[2]);
  if (range === undefined) {
    throw invalidParameter(`Invalid Content-Range: ${text}`);
  }
  return range;
}

/**
 * The bytes that the `Range` header of a download asks for, of an output of `totalBytes`; `undefined`
 * when all are sent with status 200, since the header is absent or not a single well-formed range
 * (contract §2.29). The end is clamped to the output's. Throws `InvalidParameterValueException` when the
 * range starts past the end.
 */
export function findDownloadRange(
  header: string | undefined,
  totalBytes: number,
): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") {
    return undefined;
  }
  // Numbers beyond 2^53 lose digits here, which changes nothing: no output reaches so far.
  const start = first === "" ? Math.max(0, totalBytes - Number(last)) : Number(first);
  const endExclusive = first === "" || last === "" ? totalBytes : Number(last) + 1;
  if (first !== "" && last !== "" && endExclusive <= start) {
    return undefined;
  }
  if (start >= totalBytes) {
    throw invalidParameter(
      `The start of the range is larger than size of retrieved data: ${header}`,
    );
  }
  return { start, endExclusive: Math.min(endExclusive, totalBytes) };
}
