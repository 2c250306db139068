/** How many bytes of retrievals may be asked for in an hour. Pure: the caller brings the time. */

const HOUR_MS = 3_600_000;

export interface HourBudget {
  /** How long to wait before `bytes` may be asked for; 0 when they may now. */
  waitMs(bytes: number, nowMs: number): number;
  /** They are asked for. Calls come in the order of time. What is returned takes it back. */
  take(bytes: number, atMs: number): () => void;
}

interface Hold {
  readonly untilMs: number;
  readonly bytes: number;
}

/**
 * A sliding hour: what is asked for counts for an hour. An archive larger than the whole budget is let
 * through alone, and counts for as many hours as it would take. `undefined` is no limit.
 */
export function createHourBudget(bytesPerHour: number | undefined): HourBudget {
  if (bytesPerHour === undefined) {
    return { waitMs: () => 0, take: () => () => undefined };
  }
  const holds: Hold[] = [];
  let heldBytes = 0;
  const prune = (nowMs: number) => {
    while ((holds[0]?.untilMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      heldBytes -= holds.shift()?.bytes ?? 0;
    }
  };
  return {
    waitMs: (bytes, nowMs) => {
      prune(nowMs);
      let excess = heldBytes + Math.min(bytes, bytesPerHour) - bytesPerHour;
      for (const hold of holds) {
        if (excess <= 0) {
          break;
        }
        excess -= hold.bytes;
        if (excess <= 0) {
          return hold.untilMs - nowMs;
        }
      }
      return 0;
    },
    take: (bytes, atMs) => {
      prune(atMs);
      const hours = Math.max(1, bytes / bytesPerHour);
      const hold = { untilMs: atMs + hours * HOUR_MS, bytes: Math.min(bytes, bytesPerHour) };
      holds.push(hold);
      heldBytes += hold.bytes;
      return () => {
        const index = holds.indexOf(hold);
        if (index !== -1) {
          holds.splice(index, 1);
          heldBytes -= hold.bytes;
        }
      };
    },
  };
}

export interface Batches {
  /** The batch of each size, from 1 on, in the order given. */
  readonly numbers: readonly number[];
  readonly count: number;
  /** From the first request to the last. */
  readonly spanMs: number;
}

/** How `sizes` fall into batches of an hour each, asked for in their order. */
export function planBatches(sizes: readonly number[], bytesPerHour: number | undefined): Batches {
  if (bytesPerHour === undefined || sizes.length === 0) {
    return { numbers: sizes.map(() => 1), count: Math.min(1, sizes.length), spanMs: 0 };
  }
  let count = 1;
  let batchBytes = 0;
  let spanMs = 0;
  const numbers = sizes.map((bytes) => {
    if (batchBytes > 0 && batchBytes + bytes > bytesPerHour) {
      spanMs += Math.max(1, batchBytes / bytesPerHour) * HOUR_MS;
      count += 1;
      batchBytes = 0;
    }
    batchBytes += bytes;
    return count;
  });
  return { numbers, count, spanMs };
}
