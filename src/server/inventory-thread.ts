/** The composition root of a thread that lists an inventory: metadata in SQLite, texts under keys it asks for. */
import { parentPort, workerData } from "node:worker_threads";
import { InventoryThread } from "../adapters/inventory-worker/serve-inventory.ts";
import type { InventoryStart } from "../adapters/inventory-worker/thread-messages.ts";
import {
  descriptionContext,
  positionOf,
  SnapshotReader,
} from "../adapters/metadata-sql/snapshot-reader.ts";
import { MissingTextKey, openSealedText } from "../adapters/secret-cipher/keyring-ciphers.ts";
import type { KeyId } from "../ports/keyring.ts";
import { assert } from "../std/assert.ts";

assert(parentPort !== null, "this file is the entry of a thread");
// The thread's owner passes nothing else.
const { file, task } = workerData as InventoryStart;
const thread = new InventoryThread(parentPort);
const reader = new SnapshotReader(file, task);
const keys = new Map<KeyId, Uint8Array>();

await thread.list({
  task,
  pages: reader.pages(),
  positionOf,
  openDescription: (page, stored) => openDescription(stored, descriptionContext(page)),
});
reader.close();
thread.close();

/** Keys may be rotated while the inventory is written, so each is asked for when it is met. */
async function openDescription(stored: string, context: string): Promise<string> {
  for (;;) {
    try {
      return openSealedText(stored, context, (keyId) => keys.get(keyId));
    } catch (error) {
      const key =
        error instanceof MissingTextKey ? await thread.askTextKey(error.keyId) : undefined;
      if (key === undefined || !(error instanceof MissingTextKey)) {
        throw error;
      }
      keys.set(error.keyId, key);
    }
  }
}
