/** Real time. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../ports/clock.ts";

/** The longest delay that a timer of the runtime takes (2^31-1 ms); longer ones fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export function createSystemClock(): Clock {
  return { nowMs: () => Date.now(), sleep: sleepInPieces };
}

async function sleepInPieces(delayMs: number, signal: AbortSignal): Promise<void> {
  if (delayMs <= 0) {
    // A timer of no length takes a millisecond, a turn of the event loop only what others do in it.
    await nextTurn();
    return;
  }
  for (let leftMs = delayMs; !signal.aborted; leftMs -= TIMER_MAX_MS) {
    await sleepOnce(Math.min(leftMs, TIMER_MAX_MS), signal);
    if (leftMs <= TIMER_MAX_MS) {
      return;
    }
  }
}

function sleepOnce(delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", wake);
    resolve();
  };
  const timer = setTimeout(wake, delayMs);
  signal.addEventListener("abort", wake);
  return promise;
}
