/**
 * Keeps the collector from removing blobs while somebody copies what the metadata named at one instant. Held in
 * memory only: with the process that held it, the hold is gone.
 */

export interface CollectionHold {
  /** Whether nothing may be removed now. */
  isHeld(): boolean;
  /** Runs one removal; `acquire` waits for it. */
  during<T>(removal: () => Promise<T>): Promise<T>;
  /** Resolves when no removal is under way and none will begin before the function it returns is called. */
  acquire(): Promise<() => void>;
}

export function createCollectionHold(): CollectionHold {
  const holders = new Set<object>();
  const removals = new Set<Promise<unknown>>();
  return {
    isHeld: () => holders.size > 0,
    async during(removal) {
      const running = removal();
      removals.add(running);
      try {
        return await running;
      } finally {
        removals.delete(running);
      }
    },
    async acquire() {
      const holder = {};
      holders.add(holder);
      await Promise.allSettled(removals);
      return () => {
        holders.delete(holder);
      };
    },
  };
}
