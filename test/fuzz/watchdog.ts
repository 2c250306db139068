/** Ends this process when its event loop stands still: no timer of its own would ever fire then. */
import { Worker } from "node:worker_threads";

const STILL_MAX_MS = 60_000;

const SCRIPT = `
  const { workerData } = require("node:worker_threads");
  let seen = -1;
  let sinceMs = Date.now();
  setInterval(() => {
    const now = Atomics.load(workerData.progress, 0);
    if (now !== seen) {
      seen = now;
      sinceMs = Date.now();
    } else if (Date.now() - sinceMs > workerData.stillMaxMs) {
      const text = "the event loop stands still at attempt " + now + " of seed " + workerData.seed;
      require("node:fs").writeSync(2, text + "\\n");
      process.kill(process.pid, "SIGKILL");
    }
  }, 1000);
`;

export interface Watchdog {
  /** The number of the attempt that comes next. */
  tell(index: number): void;
  end(): Promise<void>;
}

export function startWatchdog(seed: number): Watchdog {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { progress, seed, stillMaxMs: STILL_MAX_MS };
  const worker = new Worker(SCRIPT, { eval: true, workerData });
  return {
    tell: (index) => void Atomics.store(progress, 0, index),
    end: async () => void (await worker.terminate()),
  };
}
