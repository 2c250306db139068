/** The end of the process: a signal, then the parts let go of one after another, within a bound. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../ports/logger.ts";

/** The service stops within 10 s of a signal; the rest of them is left for the process to exit. */
export const SHUTDOWN_BOUND_MS = 9_500;

/**
 * A signal that follows the first so closely is the same wish: Ctrl-C under `npm start` reaches the
 * process twice, from the terminal and from npm.
 */
const SAME_SIGNAL_MS = 500;

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;
export type StopSignal = keyof typeof SIGNAL_NUMBERS;

/** One part of the service that has to let go of something. */
export interface DrainStep {
  readonly name: string;
  run(): Promise<void>;
}

/** What of `process` is used. */
export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

export interface ShutdownOptions {
  readonly signals: SignalSource;
  /** Run in order, each after the one before has ended. */
  readonly steps: readonly DrainStep[];
  readonly logger: Logger;
  /** Ends the process at once; called when a second signal comes. */
  exitNow(code: number): void;
  readonly boundMs?: number;
}

/**
 * Waits for SIGTERM or SIGINT, then drains. Resolves with the exit status of `drain`; after 1, something
 * may still run, so that the caller has to end the process. A second signal, unless it is an echo of the
 * first, ends the process with 128 plus its number.
 */
export async function awaitShutdown(options: ShutdownOptions): Promise<number> {
  const { signals, logger, steps, boundMs = SHUTDOWN_BOUND_MS } = options;
  const stop = Promise.withResolvers<StopSignal>();
  let firstAtMs: number | undefined;
  const listener = (signal: StopSignal): void => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      stop.resolve(signal);
    } else if (performance.now() - firstAtMs >= SAME_SIGNAL_MS) {
      options.exitNow(128 + SIGNAL_NUMBERS[signal]);
    }
  };
  signals.on("SIGTERM", listener);
  signals.on("SIGINT", listener);
  try {
    const signal = await stop.promise;
    logger.info({ signal }, "stopping");
    return await drain(steps, { boundMs, logger });
  } finally {
    signals.off("SIGTERM", listener);
    signals.off("SIGINT", listener);
  }
}

/**
 * Runs the steps in order; a step that throws is logged and the next one runs. Resolves with 0 when all
 * ended well, with 1 when one failed or `boundMs` for all of them together were over.
 */
export async function drain(
  steps: readonly DrainStep[],
  options: { readonly boundMs: number; readonly logger: Logger },
): Promise<number> {
  const { boundMs, logger } = options;
  const timer = new AbortController();
  let running = "";
  const runAll = async (): Promise<number> => {
    let status = 0;
    for (const step of steps) {
      running = step.name;
      status = Math.max(status, await runStep(step, logger));
    }
    return status;
  };
  const timeout = sleep(boundMs, "timeout" as const, { signal: timer.signal }).catch(
    () => "timeout" as const,
  );
  const outcome = await Promise.race([runAll(), timeout]);
  timer.abort();
  if (outcome === "timeout") {
    logger.error({ step: running, boundMs }, "stopping took too long");
    return 1;
  }
  return outcome;
}

async function runStep(step: DrainStep, logger: Logger): Promise<number> {
  try {
    await step.run();
    return 0;
  } catch (error) {
    logger.error({ err: error, step: step.name }, "a part of the service did not stop cleanly");
    return 1;
  }
}
