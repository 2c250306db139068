/** Many parts at once, as many as there are slots. */
import type { Slots } from "./slots.ts";

/**
 * Runs `work` for each item that `items` gives, each in a slot, and waits for all. The next item is asked
 * for when a slot is free. The first failure aborts the signal that `work` gets, lets no other item begin
 * and is thrown when none is at work any more; so is the reason of `signal`.
 */
export async function runParts<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  context: { readonly slots: Slots; readonly signal: AbortSignal },
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { slots } = context;
  const failure = new AbortController();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  const running = new Set<Promise<void>>();
  const start = (item: Item) => {
    const attempt = async () => {
      try {
        await slots.run(async () => {
          signal.throwIfAborted();
          await work(item, signal);
        });
      } catch (error) {
        failure.abort(error);
      }
    };
    const underWay = attempt().finally(() => running.delete(underWay));
    running.add(underWay);
  };
  try {
    for await (const item of items) {
      await slots.free();
      if (signal.aborted) {
        break;
      }
      start(item);
    }
  } catch (error) {
    failure.abort(error);
  }
  await Promise.all(running);
  signal.throwIfAborted();
}
