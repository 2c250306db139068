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
import type { PackedArchives } from "../domain/packed-archives.ts";
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
  openDescription,
});
reader.close();
thread.close();

/**
 * Keys may be rotated while the inventory is written, so each is asked for when it is met. When a rotation ends between
 * the reading of a page and the question for its key, that key is gone, and everything is stored under the next one.
 */
async function openDescription(page: PackedArchives, storedAtFirst: string): Promise<string> {
  const context = descriptionContext(page);
  let stored = storedAtFirst;
  for (;;) {
    try {
      return openSealedText(stored, context, (keyId) => keys.get(keyId));
    } catch (error) {
      if (!(error instanceof MissingTextKey)) {
        throw error;
      }
      const key = await thread.askTextKey(error.keyId);
      if (key === undefined) {
        const storedNow = reader.findDescription(page);
        if (storedNow === undefined || storedNow === stored) {
          throw error;
        }
        stored = storedNow;
      } else {
        keys.set(error.keyId, key);
      }
    }
  }
}
