/** The composition root of a thread that lists an inventory: metadata in SQLite, texts under keys it asks for. */
import { parentPort, workerData } from "node:worker_threads";
import { openInventoryThread } from "../adapters/inventory-worker/serve-inventory.ts";
import type { InventoryStart } from "../adapters/inventory-worker/thread-messages.ts";
import { SnapshotReader } from "../adapters/metadata-sql/snapshot-reader.ts";
import { MissingTextKey, openSealedText } from "../adapters/secret-cipher/keyring-ciphers.ts";
import type { KeyId } from "../ports/keyring.ts";
import { assert } from "../std/assert.ts";

assert(parentPort !== null, "this file is the entry of a thread");
// The thread's owner passes nothing else.
const { file, task } = workerData as InventoryStart;
const thread = openInventoryThread(parentPort);
const keys = new Map<KeyId, Uint8Array>();
const reader = new SnapshotReader(file, task, {
  open: (stored, context) => openSealedText(stored, context, (keyId) => keys.get(keyId)),
});

await thread.list(task, async () => {
  for (;;) {
    try {
      return reader.readPage();
    } catch (error) {
      if (!(error instanceof MissingTextKey)) {
        throw error;
      }
      // Keys may be rotated while the inventory is written, so each is asked for when it is met.
      const key = await thread.askTextKey(error.keyId);
      if (key === undefined) {
        throw error;
      }
      keys.set(error.keyId, key);
    }
  }
});
reader.close();
thread.close();
