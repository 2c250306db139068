/** When a pass of the scrub begins, how old the oldest verification is, and whether the rate suffices. */
import type { BlobId } from "../../domain/ids.ts";
import { instantOfBlob } from "../../domain/ids.ts";
import { KIB } from "../../domain/limits.ts";
import type { Walk } from "../../ports/scrub-store.ts";

/** A small blob costs as much as so many bytes: lookups, and a turn of a thread. */
export const BLOB_COST_MIN_BYTES = 64 * KIB;

/**
 * When the pass after `walk`, which has ended, begins: so early that it verifies every blob before the interval since
 * its last verification is over, if it takes as long as the last one did. A clock that went back makes a pass due.
 */
export function decideDueAtMs(walk: Walk, intervalMs: number, nowMs: number): number {
  const { startedAtMs, endedAtMs = startedAtMs } = walk;
  if (startedAtMs > nowMs) {
    return nowMs;
  }
  const tookMs = Math.max(0, endedAtMs - startedAtMs);
  return Math.max(endedAtMs, startedAtMs + intervalMs - tookMs);
}

/**
 * No blob was verified before this instant: those before the position were verified by this pass, the others by the
 * pass before, or when they were uploaded. `next` is the blob that the walk comes to next.
 */
export function decideOldestVerifiedAtMs(
  walk: Walk | undefined,
  next: BlobId | undefined,
): number | undefined {
  if (walk?.endedAtMs !== undefined) {
    return walk.startedAtMs;
  }
  if (next === undefined) {
    return walk?.startedAtMs;
  }
  return Math.max(walk?.previousStartedAtMs ?? 0, instantOfBlob(next));
}

/** How long a pass takes at the rate that is allowed. */
export function estimatePassMs(
  stored: { readonly archives: number; readonly bytes: bigint; readonly copies: number },
  bytesPerSecond: number,
): number {
  const cost = Number(stored.bytes) + stored.archives * BLOB_COST_MIN_BYTES;
  return (stored.copies * cost * 1000) / bytesPerSecond;
}
