/** Ends this process when its event loop stands still: no timer of its own would ever fire then. */
import { Worker } from "node:worker_threads";

const STILL_MAX_MS = 60_000;
const BEAT_MS = 1_000;

const SCRIPT = `
  const { workerData } = require("node:worker_threads");
  let seen = -1;
  let sinceMs = Date.now();
  setInterval(() => {
    const beats = Atomics.load(workerData.shared, 0);
    if (beats !== seen) {
      seen = beats;
      sinceMs = Date.now();
    } else if (Date.now() - sinceMs > workerData.stillMaxMs) {
      const index = Atomics.load(workerData.shared, 1);
      const text = "the event loop stands still at attempt " + index + " of seed " + workerData.seed;
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

/** A timer beats beside the attempts: recording requests anew between two of them may take long on a busy machine. */
export function startWatchdog(seed: number): Watchdog {
  const shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(SCRIPT, {
    eval: true,
    workerData: { shared, seed, stillMaxMs: STILL_MAX_MS },
  });
  const beat = setInterval(() => void Atomics.add(shared, 0, 1), BEAT_MS);
  return {
    tell: (index) => void Atomics.store(shared, 1, index),
    end: async () => {
      clearInterval(beat);
      await worker.terminate();
    },
  };
}
