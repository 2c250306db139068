/** Evaluates each query in a thread of its own, which ends with it. */
import { Worker } from "node:worker_threads";
import { SELECT_SILENCE_MAX_MS } from "../../domain/limits.ts";
import { SelectFailure } from "../../domain/select-failure.ts";
import type { SelectRunner } from "../../ports/select-runner.ts";
import { assertNever } from "../../std/assert.ts";
import { PartSupply } from "./part-supply.ts";
import { SelectThread } from "./thread-inbox.ts";
import type { ThreadStart } from "./thread-messages.ts";

export interface SelectWorkerOptions {
  /** How long a query may give no sign of life before it is ended. */
  readonly silenceMaxMs?: number;
  readonly start?: (start: ThreadStart) => Worker;
}

/** JavaScript objects of one query; what it reads and writes comes on top, and is small. */
const HEAP_MAX_MIB = 256;
/** Those that were just made: with the default, texts that die at once grew the process by 20 MiB more a query. */
const YOUNG_MAX_MIB = 4;

/** A runner that starts a thread per query; how many run at once is up to its caller. */
export function createSelectWorker(options: SelectWorkerOptions = {}): SelectRunner {
  const { silenceMaxMs = SELECT_SILENCE_MAX_MS, start = startThread } = options;
  const threads = new Set<SelectThread>();
  return {
    async *run(task, parts, signal) {
      const waits = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
      const thread = new SelectThread(start({ task, waits }), { silenceMaxMs, waits });
      threads.add(thread);
      const stop = () => void thread.end();
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) {
        stop();
      }
      try {
        yield* converse(thread, new PartSupply(parts));
      } finally {
        signal.removeEventListener("abort", stop);
        await thread.end();
        threads.delete(thread);
      }
    },
    close: async () => {
      await Promise.all([...threads].map((thread) => thread.end()));
    },
  };
}

async function* converse(
  thread: SelectThread,
  supply: PartSupply,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    for (;;) {
      const message = await thread.receive();
      switch (message.kind) {
        case "wanted": {
          const { message: answer, transferred } = await supply.answer(message);
          thread.send(answer, transferred);
          break;
        }
        case "output": {
          const { buffer } = message.bytes;
          yield message.bytes;
          thread.send({ kind: "more", buffer }, [buffer]);
          break;
        }
        case "finished":
          return;
        case "failed":
          throw new SelectFailure(message.failureCode, message.message, message.recordNumber);
        default:
          assertNever(message);
      }
    }
  } finally {
    await supply.close();
  }
}

function startThread(start: ThreadStart): Worker {
  // The entry has the extension of this file: it is TypeScript in a checkout and JavaScript in a build.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  return new Worker(new URL(`./select-thread${extension}`, import.meta.url), {
    name: "moraine-select",
    workerData: start,
    resourceLimits: {
      maxOldGenerationSizeMb: HEAP_MAX_MIB,
      maxYoungGenerationSizeMb: YOUNG_MAX_MIB,
    },
  });
}
