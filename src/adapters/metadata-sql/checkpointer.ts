/** Checkpoints of SQLite's write-ahead log in a thread of its own: they copy pages and wait for the disk. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** What checkpoint-thread.ts is started with. */
export interface CheckpointStart {
  readonly file: string;
  readonly busyTimeoutMs: number;
}

/** Pages in the log and how many of them are in the file too, or why nobody knows. */
export type CheckpointOutcome =
  | { readonly logPages: number; readonly copiedPages: number }
  | { readonly error: unknown };

export interface Checkpointer {
  /** One checkpoint, as far as readers and writers allow; while one runs, the same one. Never rejects. */
  run(): Promise<CheckpointOutcome>;
  /** Waits for the one that runs and ends the thread. */
  close(): Promise<void>;
}

/** Of the database in `start.file`. The thread starts with the first checkpoint, and anew should it have ended. */
export function createCheckpointer(start: CheckpointStart): Checkpointer {
  let thread: Worker | undefined;
  let running: Promise<CheckpointOutcome> | undefined;
  const ask = async (): Promise<CheckpointOutcome> => {
    thread ??= startThread(start, () => {
      thread = undefined;
    });
    const used = thread;
    const ended = new AbortController();
    const { signal } = ended;
    used.ref();
    try {
      used.postMessage("checkpoint");
      return await Promise.race([
        // The thread answers with nothing else.
        once(used, "message", { signal }).then(([outcome]) => outcome as CheckpointOutcome),
        once(used, "exit", { signal }).then(([code]) => {
          throw new Error(`the thread of checkpoints ended with ${code}`);
        }),
      ]);
    } catch (error) {
      return { error };
    } finally {
      ended.abort();
      // A process that forgot to close its metadata may end all the same.
      used.unref();
    }
  };
  return {
    run: () => {
      running ??= ask().finally(() => {
        running = undefined;
      });
      return running;
    },
    close: async () => {
      await running;
      if (thread !== undefined) {
        const ended = once(thread, "exit");
        thread.ref();
        thread.postMessage("close");
        await ended;
      }
    },
  };
}

function startThread(start: CheckpointStart, onEnd: () => void): Worker {
  // The entry has the extension of this file: it is TypeScript in a checkout and JavaScript in a build.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const thread = new Worker(new URL(`./checkpoint-thread${extension}`, import.meta.url), {
    name: "moraine-checkpoints",
    workerData: start,
  });
  // An error ends the thread, which `run` tells of.
  thread.on("error", onEnd);
  thread.on("exit", onEnd);
  return thread;
}
