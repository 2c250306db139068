/** Ranges of bytes: half-open inside, inclusive text on the wire. */

/** Bytes from `start` up to, not including, `endExclusive`. */
export interface ByteRange {
  readonly start: number;
  readonly endExclusive: number;
}

/** Length of `range` in bytes. */
export function rangeLength(range: ByteRange): number {
  return range.endExclusive - range.start;
}
