/** How long the scheduler sleeps. Times are milliseconds. */

/** The scheduler looks for due jobs at least so often, even when nobody wakes it. */
export const PAUSE_MAX_MS = 5_000;
/** It never looks more often than this of its own accord, whatever the stored times say. */
export const PAUSE_MIN_MS = 10;

const BACKOFF_FIRST_MS = 250;

/**
 * The pause until `nextClaimableAtMs`. With every slot taken it is the longest one: the end of a run wakes
 * the scheduler.
 */
export function decidePauseMs(facts: {
  readonly nowMs: number;
  readonly nextClaimableAtMs: number | undefined;
  readonly freeSlots: number;
}): number {
  if (facts.freeSlots === 0 || facts.nextClaimableAtMs === undefined) {
    return PAUSE_MAX_MS;
  }
  const untilNextMs = facts.nextClaimableAtMs - facts.nowMs;
  return Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, untilNextMs));
}

/** The pause after `failures` (one or more) failed attempts in a row to claim jobs: it doubles. */
export function decideBackoffMs(failures: number): number {
  return Math.min(PAUSE_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 30));
}
