/** How fast bytes flow: an average over the last ten seconds. */

const WINDOW_MS = 10_000;
/** Before that an estimate of the remaining time means nothing. */
const ESTIMATE_AFTER_MS = 5_000;

export interface RateMeter {
  add(bytes: number): void;
  /** Bytes per second. */
  rate(): number;
  /** Milliseconds that `remainingBytes` will take; `undefined` before 5 s of data, and at a standstill. */
  estimateMs(remainingBytes: number): number | undefined;
}

export function createRateMeter(nowMs: () => number): RateMeter {
  const startedAtMs = nowMs();
  const samples: { readonly atMs: number; bytes: number }[] = [];
  const prune = () => {
    const oldestMs = nowMs() - WINDOW_MS;
    while ((samples[0]?.atMs ?? Number.POSITIVE_INFINITY) < oldestMs) {
      samples.shift();
    }
  };
  const rate = () => {
    prune();
    const spanMs = Math.min(WINDOW_MS, Math.max(1000, nowMs() - startedAtMs));
    return samples.reduce((sum, { bytes }) => sum + bytes, 0) / (spanMs / 1000);
  };
  return {
    add: (bytes) => {
      const last = samples.at(-1);
      // One sample for a tenth of a second keeps the window small.
      if (last !== undefined && nowMs() - last.atMs < 100) {
        last.bytes += bytes;
      } else {
        prune();
        samples.push({ atMs: nowMs(), bytes });
      }
    },
    rate,
    estimateMs: (remainingBytes) => {
      const perSecond = rate();
      return nowMs() - startedAtMs < ESTIMATE_AFTER_MS || perSecond === 0
        ? undefined
        : (remainingBytes / perSecond) * 1000;
    },
  };
}
