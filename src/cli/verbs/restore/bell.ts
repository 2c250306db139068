/** Lets loops that wait for one another wake up when something has changed. */

export interface Bell {
  /** Wakes all who wait. */
  ring(): void;
  /** Resolves at the next ring, or after `durationMs`. Rejects when `signal` aborts. */
  wait(durationMs: number, signal: AbortSignal): Promise<void>;
}

/** Longer pauses are cut to it: whoever wakes looks again anyway. */
const LONGEST_WAIT_MS = 600_000;

export function createBell(
  sleep: (durationMs: number, signal: AbortSignal) => Promise<void>,
): Bell {
  const waiting = new Set<AbortController>();
  return {
    ring: () => {
      for (const waker of waiting) {
        waker.abort();
      }
    },
    wait: async (durationMs, signal) => {
      const waker = new AbortController();
      waiting.add(waker);
      try {
        await sleep(Math.min(durationMs, LONGEST_WAIT_MS), AbortSignal.any([signal, waker.signal]));
      } catch (error) {
        signal.throwIfAborted();
        if (!waker.signal.aborted) {
          throw error;
        }
      } finally {
        waiting.delete(waker);
      }
    },
  };
}
