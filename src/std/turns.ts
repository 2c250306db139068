/** Work on one thing at a time. */

export interface Turns<Key> {
  /** Runs `work` after all work on `key` that was begun before has ended, however it ended. */
  take<T>(key: Key, work: () => Promise<T>): Promise<T>;
}

export function createTurns<Key>(): Turns<Key> {
  const last = new Map<Key, Promise<unknown>>();
  return {
    async take(key, work) {
      const before = last.get(key) ?? Promise.resolve();
      const mine = before.then(work, work);
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        if (last.get(key) === mine) {
          last.delete(key);
        }
      }
    },
  };
}
