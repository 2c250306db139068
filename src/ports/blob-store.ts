import type { HashHex } from "../domain/archive.ts";
import type { DetachedBytes } from "../domain/body-bytes.ts";
import type { ByteRange } from "../domain/byte-range.ts";
import type { BlobId } from "../domain/ids.ts";
import type { FileRange } from "../std/file-range.ts";
import type { BlobPlace } from "./blob-place.ts";

/** What a writer saw of a blob: computed from the bytes received, in one pass. */
export interface BlobDigest {
  readonly sizeBytes: number;
  /** Linear SHA-256 of all bytes. */
  readonly sha256: HashHex;
  /** SHA-256 of each MiB, 32 bytes each, in order; one leaf of nothing for an empty blob. */
  readonly leaves: Uint8Array;
}

/** How much the storage holds in all, and how much of it this process may still fill. */
export interface StorageSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * One blob being written. Calls come one after another, never at once. A writer that was neither
 * committed nor aborted leaves at most a temporary file, which `sweepTemporary` removes.
 */
export interface BlobWriter {
  /**
   * Takes the bytes of `chunk`, which the caller may reuse as soon as this returns (or its promise
   * resolves). A promise means: wait, buffers are full. Throws the file system's error (`code` ENOSPC, …).
   */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /**
   * Receives bytes from a connection by itself and takes them, then gives it back; absent where that can't be done.
   * Returns how many it took: fewer than there are when they stop coming, none when it could not begin. Throws what
   * `write` throws; the connection is given back then too.
   */
  receive?(rest: DetachedBytes): Promise<number>;
  /** All bytes are on stable storage, not yet visible. Called once, after the last `write`. */
  finish(): Promise<BlobDigest>;
  /** Makes the finished blob visible under its id, durably: rename, then fsync of the folder. */
  commit(): Promise<void>;
  /** Drops everything; may be called at any time before `commit`, and twice. */
  abort(): Promise<void>;
}

/**
 * Keeps blobs: immutable byte strings under ids that are never used twice. What is committed stays until
 * `remove`, across crashes. Damage is reported as `BlobDamage` (domain/blob.ts), never papered over.
 */
export interface BlobStore {
  /**
   * Starts a blob. `expectedSizeBytes` is a hint for how to write it. A blob that is there already stays as it is
   * until `commit` replaces it in one step: so a repair puts back what was damaged.
   */
  openWriter(blobId: BlobId, expectedSizeBytes: number): Promise<BlobWriter>;
  /**
   * Bytes of `range`, in order. A yielded chunk is valid until the second one after it is asked for, also if none
   * follows: implementations reuse buffers, and may yield an empty chunk. Throws `BlobDamage` when the blob is
   * missing or too short. Ending the iteration early releases the file.
   */
  read(blobId: BlobId, range: ByteRange): AsyncIterable<Uint8Array>;
  /**
   * A file in which the bytes of `range` lie as they are, for who can send it without reading it; `undefined`, or
   * no such method, where `read` does more than reading. The caller closes it. Throws as `read` does before its
   * first chunk.
   */
  openFile?(blobId: BlobId, range: ByteRange): Promise<FileRange | undefined>;
  /**
   * SHA-256 of each MiB from leaf `firstLeaf` on, `leafCount` of them (the blob's last leaf may be short),
   * re-read from storage off the event loop: 32 bytes each. Where bytes can't be decrypted any more the leaf is all
   * zeros, which no bytes hash to. Throws `BlobDamage`.
   */
  hashLeaves(
    blobId: BlobId,
    range: { readonly firstLeaf: number; readonly leafCount: number },
  ): Promise<Uint8Array>;
  /**
   * Where another thread may read the blob by itself; `undefined` when it can't, and then `read` may still. What lies
   * there may be damaged or gone: who finds it so turns to `read`, which knows other copies and says what is wrong.
   */
  findPlace(blobId: BlobId): Promise<BlobPlace | undefined>;
  /** The length of a committed blob; `undefined` when there is none. Throws `BlobDamage` (unreadable). */
  findSize(blobId: BlobId): Promise<number | undefined>;
  /** Room on the storage, `undefined` where there is no bound to speak of. */
  describeSpace(): Promise<StorageSpace | undefined>;
  /** Removes a blob; no error when it is gone already. */
  remove(blobId: BlobId): Promise<void>;
  /** Ids of all committed blobs, in batches, in no order; blobs added or removed meanwhile may be missed. */
  list(): AsyncIterable<readonly BlobId[]>;
  /** Removes temporary files that no writer of this process owns; returns how many. */
  sweepTemporary(): Promise<number>;
  /** The largest boot number ever begun on this storage (0 when none); see docs/format.md. */
  lastBoot(): Promise<number>;
  /** Records `boot` durably as begun; called before the first blob of that boot is written. */
  beginBoot(boot: number): Promise<void>;
  /** Releases workers and buffers; writers still open are aborted. */
  close(): Promise<void>;
}
