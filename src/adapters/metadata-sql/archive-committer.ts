/** Where batches of small archives are committed: in a thread, or on the event loop for a database in memory. */
import { once } from "node:events";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import type { ArchiveBatch } from "./archive-batch.ts";
import { createArchiveWriter } from "./archive-writer.ts";

/** What archive-thread.ts is started with. */
export interface ArchiveThreadStart {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly cacheKib: number;
  /** Whether the thread makes durable what it commits; if not, its caller has to. */
  readonly mustSync: boolean;
}

/** `refused`: nothing was stored. `lost`: nobody can tell what is. */
export type BatchOutcome =
  | { readonly kind: "committed"; readonly isDurable: boolean }
  | { readonly kind: "refused"; readonly error: unknown }
  | { readonly kind: "lost"; readonly error: unknown };

/** What the thread says, of itself when it is ready; an error's own members come beside it. */
export type ThreadAnswer =
  | { readonly kind: "ready" }
  | Extract<BatchOutcome, { kind: "committed" }>
  | (Exclude<BatchOutcome, { kind: "committed" }> & { readonly members: object });

export interface ArchiveCommitter {
  /** Commits one batch; the next may come when this has resolved. Never rejects. Takes the batch's memory away. */
  commit(batch: ArchiveBatch): Promise<BatchOutcome>;
  close(): Promise<void>;
}

/** Commits through the one connection there is. */
export function createInlineCommitter(database: DatabaseSync): ArchiveCommitter {
  const writer = createArchiveWriter(database);
  return {
    commit: async (batch) => {
      try {
        writer.write(batch);
        return { kind: "committed", isDurable: false };
      } catch (error) {
        return { kind: "refused", error };
      }
    },
    close: async () => {},
  };
}

/**
 * Commits in a thread that starts with the first batch, and anew should it have ended. A thread that ends by itself
 * loses the batch it has, unless it never was ready for one.
 */
export function createThreadCommitter(start: ArchiveThreadStart): ArchiveCommitter {
  let thread: Worker | undefined;
  let settle: (outcome: BatchOutcome) => void = () => undefined;
  const open = (): Worker => {
    const started = startThread(start);
    let isReady = false;
    const end = (error: unknown): void => {
      // Its error comes before its exit, and the next thread may have started in between.
      if (thread === started) {
        thread = undefined;
        settle({ kind: isReady ? "lost" : "refused", error });
      }
    };
    started.on("message", (answer: ThreadAnswer) => {
      isReady = true;
      if (answer.kind !== "ready") {
        settle(readAnswer(answer));
      }
    });
    started.on("error", end);
    started.on("exit", (code) => end(new Error(`the thread of small archives ended with ${code}`)));
    return started;
  };
  return {
    commit: (batch) =>
      new Promise((resolve) => {
        thread ??= open();
        const used = thread;
        settle = (outcome) => {
          // A process that forgot to close its metadata may end all the same.
          used.unref();
          resolve(outcome);
        };
        used.ref();
        used.postMessage(batch, [batch.bytes.buffer, batch.numbers.buffer]);
      }),
    close: async () => {
      if (thread !== undefined) {
        const ended = once(thread, "exit");
        thread.ref();
        thread.postMessage("close");
        await ended;
      }
    },
  };
}

function readAnswer(answer: Exclude<ThreadAnswer, { kind: "ready" }>): BatchOutcome {
  if (answer.kind === "committed") {
    return answer;
  }
  const { kind, error, members } = answer;
  return { kind, error: error instanceof Error ? Object.assign(error, members) : error };
}

function startThread(start: ArchiveThreadStart): Worker {
  // The entry has the extension of this file: it is TypeScript in a checkout and JavaScript in a build.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  return new Worker(new URL(`./archive-thread${extension}`, import.meta.url), {
    name: "moraine-archives",
    workerData: start,
  });
}
