/** A limit on bytes per second that all transfers of a command share. */

export interface Throttle {
  /** Resolves when `bytes` may flow; callers are served in their order. Rejects when `signal` aborts. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** No limit. */
export const unthrottled: Throttle = { take: async () => undefined };

/**
 * A bucket that fills with `bytesPerSecond` and holds one second's worth. Whoever takes more than it holds
 * goes into debt, and the next one waits until the debt is paid: pieces of any size pass.
 */
export function createThrottle(options: {
  readonly bytesPerSecond: number;
  readonly nowMs: () => number;
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
}): Throttle {
  const { bytesPerSecond, nowMs, sleep } = options;
  let available = bytesPerSecond;
  let atMs = nowMs();
  const refill = () => {
    const now = nowMs();
    const elapsedMs = Math.max(0, now - atMs);
    available = Math.min(bytesPerSecond, available + (elapsedMs * bytesPerSecond) / 1000);
    atMs = now;
  };
  return {
    take: async (bytes, signal) => {
      signal.throwIfAborted();
      refill();
      const debt = -available;
      available -= bytes;
      if (debt > 0) {
        await sleep((debt / bytesPerSecond) * 1000, signal);
      }
    },
  };
}
