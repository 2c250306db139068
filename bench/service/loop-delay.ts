/** The delay of the service's event loop, from its metrics page. */

/** The page tells the time between two turns of a timer of so many milliseconds; what is beyond is delay. */
const TIMER_MS = 10;

/** Over the time since the page was last read. Throws when the page has no such metric. */
export function findLoopDelay(metrics: string): { readonly p99Ms: number; readonly maxMs: number } {
  const read = (name: string): number => {
    const pattern = new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, "m");
    const seconds = Number(pattern.exec(metrics)?.[1]);
    if (Number.isNaN(seconds)) {
      throw new Error(`the metrics page tells no nodejs_eventloop_lag_${name}_seconds`);
    }
    return Math.round(Math.max(0, seconds * 1000 - TIMER_MS) * 10) / 10;
  };
  return { p99Ms: read("p99"), maxMs: read("max") };
}
