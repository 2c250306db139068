/**
 * Where a blob lies, for a thread that reads it beside the event loop. The store says which code reads its bytes, so
 * that nobody else has to know how they are stored.
 */

/** Plain data, which may go to another thread. */
export interface BlobPlace {
  /** URL of a module that exports `openLeaves`, an `OpenLeaves`. */
  readonly module: string;
  /** What `openLeaves` is called with: the store's own business, and maybe a secret. */
  readonly facts: unknown;
}

/** Opens the blob that `facts` tell of. Blocks its thread; throws when that can't be done. */
export type OpenLeaves = (facts: unknown) => LeafReader;

/** Reads a blob leaf by leaf (MiB by MiB). Every call blocks its thread. */
export interface LeafReader {
  /** Fills `target` with the first bytes of leaf `leaf`, as they are stored. Throws when they are not there. */
  read(leaf: number, target: Uint8Array): void;
  close(): void;
}
