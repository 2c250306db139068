/** The thread of a query: takes bytes when it has none left, and goes on when its last output was taken. */
import { parentPort, workerData } from "node:worker_threads";
import { KIB } from "../../domain/limits.ts";
import { SelectFailure } from "../../domain/select-failure.ts";
import type { SelectTask } from "../../ports/select-runner.ts";
import { assert } from "../../std/assert.ts";
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
  say({ kind: "failed", failureCode, message, recordNumber });
});
port.close();

async function evaluate(evaluation: Evaluation): Promise<void> {
  for (;;) {
    say({ kind: "wanted" });
    const message = await hear();
    if (message.kind !== "chunk") {
      await handOver(evaluation.blocks());
      say({ kind: "finished" });
      return;
    }
    for (let start = 0; start < message.bytes.length; start += PIECE_BYTES) {
      await handOver(evaluation.blocks(message.bytes.subarray(start, start + PIECE_BYTES)));
    }
  }
}

async function handOver(blocks: Iterable<Uint8Array>): Promise<void> {
  for (const bytes of blocks) {
    say({ kind: "output", bytes });
    await hear();
  }
  if (performance.now() - saidAtMs >= ALIVE_MS) {
    say({ kind: "alive" });
  }
}

function say(message: FromThread): void {
  saidAtMs = performance.now();
  port?.postMessage(message);
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
