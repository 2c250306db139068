/**
 * What the event loop and the thread of an inventory say to each other. Bytes change hands without being copied, and
 * the answer gives their buffer back to be filled again.
 */
import type { InventoryPosition } from "../../domain/job.ts";
import type { InventoryTask } from "../../ports/inventory-runner.ts";
import type { KeyId } from "../../ports/keyring.ts";

/** What a thread is started with. */
export interface InventoryStart {
  /** The file of the metadata. */
  readonly file: string;
  readonly task: InventoryTask;
}

export type ToThread =
  /** The bytes were taken. */
  | { readonly kind: "taken"; readonly buffer: ArrayBuffer }
  /** The key that was asked for, `undefined` when there is none. */
  | { readonly kind: "key"; readonly key: Uint8Array | undefined };

export type FromThread =
  /** The next bytes of the inventory; up to `PIECES_AHEAD` may wait to be taken. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** A description is sealed with this key; nothing else follows until there is an answer. */
  | { readonly kind: "keyWanted"; readonly keyId: KeyId }
  /** All bytes were sent. */
  | { readonly kind: "finished"; readonly nextPosition: InventoryPosition | undefined };

/** Pieces that were sent and not yet taken, at most. */
export const PIECES_AHEAD = 2;
