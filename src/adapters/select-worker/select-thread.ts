/**
 * The thread of a query: reads the parts of the archive that it can read and takes the bytes of the others, and goes
 * on when its last output was taken.
 */
import { parentPort, workerData } from "node:worker_threads";
import { KIB, LEAF_BYTES } from "../../domain/limits.ts";
import { SelectFailure } from "../../domain/select-failure.ts";
import { assert } from "../../std/assert.ts";
import { copyInto } from "./copy-into.ts";
import { createEvaluation, type Evaluation } from "./evaluate.ts";
import { takePlacedLeaves } from "./placed-leaves.ts";
import type { FromThread, ThreadStart, ToThread } from "./thread-messages.ts";

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
const { task, waits } = workerData as ThreadStart;
await evaluate(createEvaluation(task)).catch((error: unknown) => {
  if (!(error instanceof SelectFailure)) {
    throw error;
  }
  const { failureCode, message, recordNumber } = error;
  say({ kind: "failed", failureCode, message, recordNumber }, []);
});
port.close();

async function evaluate(evaluation: Evaluation): Promise<void> {
  const tools = { buffer: new Uint8Array(LEAF_BYTES), waiting };
  const take = (bytes: Uint8Array) => takeBytes(evaluation, bytes);
  for (let wanted = makeWanted(); ; ) {
    say(wanted, [wanted.buffer]);
    const message = await hear();
    switch (message.kind) {
      case "part":
        wanted = makeWanted(undefined, await takePlacedLeaves(message.part, tools, take));
        break;
      case "chunk":
        await take(message.bytes);
        wanted = makeWanted(message.bytes.buffer);
        break;
      default:
        await handOver(evaluation.blocks());
        say({ kind: "finished" }, []);
        return;
    }
  }
}

function makeWanted(buffer = new ArrayBuffer(0), refusedLeaf?: number) {
  return { kind: "wanted", buffer, refusedLeaf } as const;
}

/** A thread that waits for a disk is silent, and no query without end. */
function waiting<T>(work: () => T): T {
  const flag = new Int32Array(waits);
  Atomics.store(flag, 0, 1);
  try {
    return work();
  } finally {
    Atomics.store(flag, 0, 0);
  }
}

async function takeBytes(evaluation: Evaluation, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    await handOver(evaluation.blocks(bytes.subarray(start, start + PIECE_BYTES)));
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
