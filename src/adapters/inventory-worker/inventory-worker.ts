/** Lists each inventory in a thread of its own, which ends with it. */
import { on } from "node:events";
import type { Worker } from "node:worker_threads";
import type { InventoryPosition } from "../../domain/job.ts";
import type { InventoryRunner, InventoryTask } from "../../ports/inventory-runner.ts";
import type { KeyId } from "../../ports/keyring.ts";
import { assertNever } from "../../std/assert.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";

export interface InventoryWorkerOptions {
  /** Starts the thread, which serves serve-inventory.ts. */
  readonly start: (task: InventoryTask) => Worker;
  /**
   * The key that texts are sealed with under the master key of this id, and nothing else; `undefined` when that is
   * not at hand. Only a thread that meets such a text is given it, and keeps it in memory until its inventory ends.
   */
  readonly findTextKey: (keyId: KeyId) => Uint8Array | undefined;
}

/** A runner that starts a thread per inventory; how many run at once is up to its caller. */
export function createInventoryWorker(options: InventoryWorkerOptions): InventoryRunner {
  const workers = new Set<Worker>();
  return {
    run: async (task, write) => {
      const worker = options.start(task);
      workers.add(worker);
      // `converse` hears of errors while it listens; without a listener a later one would end the process.
      worker.on("error", () => undefined);
      try {
        return await converse(worker, options, write);
      } finally {
        await worker.terminate();
        workers.delete(worker);
      }
    },
    close: async () => {
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}

async function converse(
  worker: Worker,
  { findTextKey }: InventoryWorkerOptions,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<InventoryPosition | undefined> {
  const say = (message: ToThread, transferred: ArrayBuffer[]) =>
    worker.postMessage(message, transferred);
  // Throws what the thread threw.
  for await (const [said] of on(worker, "message", { close: ["exit"] })) {
    // The thread says nothing else.
    const message = said as FromThread;
    switch (message.kind) {
      case "bytes": {
        await write(message.bytes);
        const { buffer } = message.bytes;
        say({ kind: "taken", buffer }, [buffer]);
        break;
      }
      case "keyWanted":
        say({ kind: "key", key: findTextKey(message.keyId) }, []);
        break;
      case "finished":
        return message.nextPosition;
      default:
        assertNever(message);
    }
  }
  throw new Error("the thread of an inventory stopped before its end");
}
