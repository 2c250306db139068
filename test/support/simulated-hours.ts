/** Hours that pass in milliseconds, for a service and a verb in one process. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mock } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

export interface SimulatedHours {
  /** For the surroundings of a verb: wakes when the simulated time has come. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
  /** Gives the process its own time back. */
  stop(): Promise<void>;
}

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** So long nothing has to happen before the time goes on to the next sleeper's. */
const IDLE_MS = 5;

/**
 * Sets the process to `startMs`. Whenever somebody sleeps, the time jumps to where the first one wakes, and
 * `onJump` is awaited: timers of the service do not jump, and it has to be woken.
 */
export function simulateHours(startMs: number, onJump: () => Promise<unknown>): SimulatedHours {
  mock.timers.enable({ apis: ["Date"], now: startMs });
  const requests = countRequests();
  const sleepers = new Set<Sleeper>();
  let isStopped = false;
  const run = async () => {
    while (!isStopped) {
      await requests.idle();
      const nextMs = Math.min(...[...sleepers].map(({ untilMs }) => untilMs));
      if (Number.isFinite(nextMs)) {
        mock.timers.setTime(Math.max(nextMs, Date.now()));
        await onJump();
        for (const { wake } of [...sleepers].filter(({ untilMs }) => untilMs <= Date.now())) {
          wake();
        }
      }
    }
  };
  const running = run();
  return {
    sleep: async (durationMs, signal) => {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { untilMs: Date.now() + durationMs, wake: resolve };
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      sleepers.add(sleeper);
      try {
        await promise;
      } finally {
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", abort);
      }
    },
    stop: async () => {
      isStopped = true;
      await running;
      requests.stop();
      mock.timers.reset();
    },
  };
}

/** Requests of this process that wait for an answer: one that was signed before a jump would be refused. */
function countRequests() {
  let underWay = 0;
  let changes = 0;
  const begin = () => {
    underWay += 1;
    changes += 1;
  };
  const end = () => {
    underWay -= 1;
    changes += 1;
  };
  subscribe("http.client.request.start", begin);
  subscribe("http.client.response.finish", end);
  subscribe("http.client.request.error", end);
  return {
    idle: async () => {
      for (let before = -1; underWay > 0 || before !== changes; ) {
        before = changes;
        await pause(IDLE_MS);
      }
    },
    stop: () => {
      unsubscribe("http.client.request.start", begin);
      unsubscribe("http.client.response.finish", end);
      unsubscribe("http.client.request.error", end);
    },
  };
}
