/** Lists large vaults in threads that read the metadata by themselves. */
import { Worker } from "node:worker_threads";
import { createInventoryWorker } from "../adapters/inventory-worker/inventory-worker.ts";
import type { InventoryStart } from "../adapters/inventory-worker/thread-messages.ts";
import { deriveTextKey } from "../adapters/secret-cipher/keyring-ciphers.ts";
import type { InventoryRunner } from "../ports/inventory-runner.ts";
import type { Keyring } from "../ports/keyring.ts";

/** JavaScript objects of one inventory; what it reads and writes comes on top, and is small. */
const HEAP_MAX_MIB = 128;
/** Those that were just made: a page of archives is some hundred KiB. */
const YOUNG_MAX_MIB = 4;

/** A runner over the metadata in `file`, whose texts `keyring` opens when they are sealed. */
export function createInventoryThreads(options: {
  readonly file: string;
  readonly keyring: Keyring | undefined;
}): InventoryRunner {
  const { file, keyring } = options;
  return createInventoryWorker({
    start: (task) => startThread({ file, task }),
    findTextKey: (keyId) => {
      const key = keyring?.find(keyId);
      return key && deriveTextKey(key);
    },
  });
}

function startThread(start: InventoryStart): Worker {
  // The entry has the extension of this file: it is TypeScript in a checkout and JavaScript in a build.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  return new Worker(new URL(`./inventory-thread${extension}`, import.meta.url), {
    name: "moraine-inventory",
    workerData: start,
    resourceLimits: {
      maxOldGenerationSizeMb: HEAP_MAX_MIB,
      maxYoungGenerationSizeMb: YOUNG_MAX_MIB,
    },
  });
}
