/** How the output of a job is cut into ranges that each have a tree hash of their own. Pure. */
import type { ByteRange } from "../../domain/byte-range.ts";
import { MIB } from "../../domain/limits.ts";

/** Smaller ones cost more requests than they save repeated work. */
export const RANGE_MIN_BYTES = 4 * MIB;
/** Larger ones only where there would be too many. */
const RANGE_USUAL_MAX_BYTES = 64 * MIB;
/** A hash of each is kept in memory: 2 MiB of them. */
const RANGES_MAX = 65_536;
/** So many are enough to keep every slot busy and to lose little when one breaks. */
const RANGES_AIM = 256;

/**
 * The size of the ranges of an output of `sizeBytes`: a power of two from 4 MiB on, so that every range is
 * tree-hash aligned in a whole archive, and in an aligned range of one (contract §3.2).
 */
export function chooseRangeSize(sizeBytes: number): number {
  let rangeSizeBytes = RANGE_MIN_BYTES;
  while (
    (rangeSizeBytes < RANGE_USUAL_MAX_BYTES && rangeSizeBytes * RANGES_AIM < sizeBytes) ||
    rangeSizeBytes * RANGES_MAX < sizeBytes
  ) {
    rangeSizeBytes *= 2;
  }
  return rangeSizeBytes;
}

/** The ranges in order; together they are the output. The last may be shorter. Nothing has none. */
export function listRanges(sizeBytes: number, rangeSizeBytes: number): ByteRange[] {
  return Array.from({ length: Math.ceil(sizeBytes / rangeSizeBytes) }, (_, index) => ({
    start: index * rangeSizeBytes,
    endExclusive: Math.min(sizeBytes, (index + 1) * rangeSizeBytes),
  }));
}
