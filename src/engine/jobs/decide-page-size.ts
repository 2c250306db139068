/** How many archives of an inventory are worth one turn of the event loop. */

/** Fewer cost more in queries than they spare others. */
export const PAGE_MIN = 200;
/** More gain nothing, and their text takes memory. */
export const PAGE_MAX = 1_000;
/** A page that took longer was too large, */
const LONG_MS = 4;
/** and one that took less too small: other requests wait for a page at most, and the job for each turn between two. */
const SHORT_MS = 2;

/**
 * The size of the page after one of `pageSize` that took `tookMs`. What a page takes is not known before: descriptions
 * that are encrypted take several times as long as others, and so does everything on a slow or busy machine.
 */
export function decidePageSize(pageSize: number, tookMs: number): number {
  if (tookMs > LONG_MS) {
    return Math.max(PAGE_MIN, Math.floor(pageSize / 2));
  }
  return tookMs >= 0 && tookMs < SHORT_MS ? Math.min(PAGE_MAX, pageSize * 2) : pageSize;
}
