/** Holds a check back, so that those who use the service do not notice it. */
import type { Clock } from "../../ports/clock.ts";

/** Work between two rests: some twenty lookups keep the event loop busy for about two milliseconds. */
const STEPS_PER_REST = 20;

export interface PaceSettings {
  /** Bytes read per second; `undefined` for as many as the storage gives. */
  readonly maxBytesPerSecond: number | undefined;
  /** The pause between two stretches of work; 0 only lets others have their turn. */
  readonly restMs: number;
}

/** Both throw the reason of the signal once it is aborted. */
export interface Pace {
  /** Called with each small step. */
  step(): Promise<void>;
  /** Called before so many bytes are read. */
  read(sizeBytes: number): Promise<void>;
}

/** A pace that begins now. */
export function createPace(clock: Clock, settings: PaceSettings, signal: AbortSignal): Pace {
  const { maxBytesPerSecond, restMs } = settings;
  let steps = 0;
  let freeAtMs = clock.nowMs();
  return {
    async step() {
      signal.throwIfAborted();
      steps += 1;
      if (steps % STEPS_PER_REST === 0) {
        await clock.sleep(restMs, signal);
        signal.throwIfAborted();
      }
    },
    async read(sizeBytes) {
      signal.throwIfAborted();
      if (maxBytesPerSecond === undefined) {
        return;
      }
      const nowMs = clock.nowMs();
      const costMs = (sizeBytes * 1000) / maxBytesPerSecond;
      // What was not used is not saved up; a clock that went back makes nobody wait for it.
      const startMs = Math.min(Math.max(freeAtMs, nowMs), nowMs + costMs);
      freeAtMs = startMs + costMs;
      await clock.sleep(startMs - nowMs, signal);
      signal.throwIfAborted();
    },
  };
}
