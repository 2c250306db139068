/** Work that many ask for while it runs, done once more for all of them. */

/**
 * Returns a function that runs `run`, which takes everything that waits as it starts. While a run is under
 * way, calls share the run after it, so that each call is followed by a whole run. Rejects as that run does.
 */
export function createSharedFlush(run: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const flush = (): Promise<void> => {
    if (current === undefined) {
      current = run().finally(() => {
        current = undefined;
      });
      return current;
    }
    next ??= current
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return flush();
      });
    return next;
  };
  return flush;
}
