/** How many transfers run at once. */

export interface Slots {
  /** Runs `work` when a slot is free, in the order of the calls, and frees it however `work` ends. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Resolves when a slot is free, or would be at once: a producer waits here before it reads ahead. */
  free(): Promise<void>;
}

/** `count` slots, 1 or more. */
export function createSlots(count: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const acquire = async () => {
    if (taken < count) {
      taken += 1;
      return;
    }
    // The slot is handed over, so that nobody slips in between.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const release = () => {
    const next = waiting.shift();
    if (next === undefined) {
      taken -= 1;
    } else {
      next();
    }
  };
  return {
    run: async (work) => {
      await acquire();
      try {
        return await work();
      } finally {
        release();
      }
    },
    free: async () => {
      await acquire();
      release();
    },
  };
}
