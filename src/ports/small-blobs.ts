/** Blobs small enough to lie in the metadata, beside the part that names them (docs/format.md, "Small blobs"). */
import type { BlobId } from "../domain/ids.ts";

/** A place behind which a page of rows begins. */
interface RowsPage {
  readonly after: BlobId | undefined;
  readonly limit: number;
}

export interface SmallBlob {
  readonly blobId: BlobId;
  /** As they are kept; `SmallBlobForm` tells what they mean. */
  readonly stored: Uint8Array;
}

/**
 * Rows with the bytes of small blobs. A row comes in the transaction that stores the part naming it and goes in
 * the one that forgets the part, so no crash leaves one that nothing names.
 */
export interface SmallBlobStore {
  /** Adds a row; the id must be new. */
  insert(blob: SmallBlob): Promise<void>;
  /** The bytes as they are kept, copied. */
  find(blobId: BlobId): Promise<Uint8Array | undefined>;
  /** Puts other bytes in the place of those that are kept; false when there is no row. */
  replace(blob: SmallBlob): Promise<boolean>;
  /** Removes a row; false when there was none. */
  remove(blobId: BlobId): Promise<boolean>;
  /** Ids in order. */
  listIds(page: RowsPage): Promise<readonly BlobId[]>;
  /** Rows in order of their ids. */
  listPage(page: RowsPage): Promise<readonly SmallBlob[]>;
}

/** How the bytes of a small blob are kept: as files keep theirs, encrypted or not. Pure but for randomness. */
export interface SmallBlobForm {
  /** What is kept of `bytes`, under the key that is current now. */
  seal(blobId: BlobId, bytes: Uint8Array): Uint8Array;
  /** The bytes that are kept as `stored`, whole. Throws `BlobDamage`. */
  open(blobId: BlobId, stored: Uint8Array): Promise<Uint8Array>;
  /**
   * How many bytes of the blob `stored` can hold; of an encrypted one that was cut or extended, a number that differs
   * from what was written. Throws `BlobDamage`.
   */
  measure(blobId: BlobId, stored: Uint8Array): Promise<number>;
  /** What to keep instead, so that the data key is under the current master key alone. */
  rewrap(blobId: BlobId, stored: Uint8Array): Promise<Rewrapped>;
}

/** `damaged`: no key at hand opens it. */
export type Rewrapped = { readonly stored: Uint8Array } | "current" | "plain" | "damaged";
