/** The thread of a query: takes bytes when it has none left, and goes on when its last output was taken. */
import { parentPort, workerData } from "node:worker_threads";
import { KIB } from "../../domain/limits.ts";
import { SelectFailure } from "../../domain/select-failure.ts";
import type { SelectTask } from "../../ports/select-runner.ts";
import { assert } from "../../std/assert.ts";
import { copyInto } from "./copy-into.ts";
import { createEvaluation, type Evaluation } from "./evaluate.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";

/** Evaluated between two looks at the clock. */
const PIECE_BYTES = 16 * KIB;
/** How often the thread says that it is still at work. */
const ALIVE_MS = 1_000;

const port = parentPort;
assert(port !== null, "this file is the entry of a thread");
const inbox: ToThread[] = [];
let heard: (() => void) | undefined;
/** Output leaves in it, and it comes back. */
let output = new ArrayBuffer(0);
let saidAtMs = performance.now();

port.on("message", (message: ToThread) => {
  inbox.push(message);
  heard?.();
});

// The thread's owner passes nothing else.
await evaluate(createEvaluation(workerData as SelectTask)).catch((error: unknown) => {
  if (!(error instanceof SelectFailure)) {
    throw error;
  }
  const { failureCode, message, recordNumber } = error;
  say({ kind: "failed", failureCode, message, recordNumber }, []);
});
port.close();

async function evaluate(evaluation: Evaluation): Promise<void> {
  let input = new ArrayBuffer(0);
  for (;;) {
    say({ kind: "wanted", buffer: input }, [input]);
    const message = await hear();
    if (message.kind !== "chunk") {
      await handOver(evaluation.blocks());
      say({ kind: "finished" }, []);
      return;
    }
    const { bytes } = message;
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      await handOver(evaluation.blocks(bytes.subarray(start, start + PIECE_BYTES)));
    }
    // All that came of the chunk is handed over before another one is taken.
    await handOver([evaluation.flush()]);
    input = bytes.buffer;
  }
}

async function handOver(blocks: Iterable<Uint8Array>): Promise<void> {
  for (const block of blocks) {
    if (block.length > 0) {
      const bytes = copyInto(output, block);
      say({ kind: "output", bytes }, [bytes.buffer]);
      const message = await hear();
      output = message.kind === "more" ? message.buffer : output;
    }
  }
  if (performance.now() - saidAtMs >= ALIVE_MS) {
    say({ kind: "alive" }, []);
  }
}

function say(message: FromThread, transferred: ArrayBuffer[]): void {
  saidAtMs = performance.now();
  port?.postMessage(message, transferred);
}

async function hear(): Promise<ToThread> {
  for (;;) {
    const message = inbox.shift();
    if (message !== undefined) {
      return message;
    }
    await new Promise<void>((resolve) => {
      heard = resolve;
    });
  }
}
