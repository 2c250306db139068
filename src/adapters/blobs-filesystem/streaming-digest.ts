/** The hashing kernel of uploads: linear SHA-256 and the SHA-256 of each MiB, in one pass over the bytes. */
import { createHash, type Hash } from "node:crypto";
import type { HashHex } from "../../domain/archive.ts";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import { formatHex } from "../../std/bytes.ts";
import type { Accelerator } from "./accelerator.ts";

/** What was computed; see `BlobDigest` in ports/blob-store.ts. */
export interface DigestResult {
  readonly sha256: HashHex;
  readonly leaves: Uint8Array;
}

/** Takes bytes in pieces of any size; `digest` ends it. */
export interface StreamingDigest {
  update(bytes: Uint8Array): void;
  digest(): DigestResult;
}

/**
 * A digest on the accelerator, or on node:crypto without one. The first MiB is hashed once: until its end the linear
 * hash is its leaf.
 */
export function createStreamingDigest(accelerator: Accelerator | undefined): StreamingDigest {
  return accelerator === undefined
    ? new CryptoStreamingDigest()
    : new NativeStreamingDigest(accelerator);
}

class CryptoStreamingDigest implements StreamingDigest {
  readonly #linear = createHash("sha256");
  /** The hash of the leaf in progress; absent during the first. */
  #leaf: Hash | undefined;
  #leafBytes = 0;
  readonly #leaves = new LeafList();

  update(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#leafBytes === LEAF_BYTES) {
        this.#endLeaf();
        this.#leaf = createHash("sha256");
      }
      const end = Math.min(bytes.length, offset + LEAF_BYTES - this.#leafBytes);
      const piece = bytes.subarray(offset, end);
      this.#linear.update(piece);
      this.#leaf?.update(piece);
      this.#leafBytes += piece.length;
      offset = end;
    }
  }

  digest(): DigestResult {
    this.#endLeaf();
    return { sha256: this.#linear.digest("hex"), leaves: this.#leaves.take() };
  }

  #endLeaf(): void {
    const hash = this.#leaf ?? this.#linear.copy();
    this.#leaves.extend(1).set(hash.digest());
    this.#leafBytes = 0;
  }
}

/** The addon keeps nothing: what it knows of the stream is in `#state`. */
class NativeStreamingDigest implements StreamingDigest {
  readonly #accelerator: Accelerator;
  readonly #state: Uint8Array;
  readonly #leaves = new LeafList();
  #sizeBytes = 0;

  constructor(accelerator: Accelerator) {
    this.#accelerator = accelerator;
    this.#state = new Uint8Array(accelerator.stateBytes);
    accelerator.begin(this.#state);
  }

  update(bytes: Uint8Array): void {
    const endedBefore = Math.floor(this.#sizeBytes / LEAF_BYTES);
    this.#sizeBytes += bytes.length;
    const ending = Math.floor(this.#sizeBytes / LEAF_BYTES) - endedBefore;
    this.#accelerator.update(this.#state, bytes, this.#leaves.extend(ending));
  }

  digest(): DigestResult {
    const digests = new Uint8Array(2 * DIGEST_BYTES);
    this.#accelerator.end(this.#state, digests);
    if (this.#sizeBytes === 0 || this.#sizeBytes % LEAF_BYTES > 0) {
      this.#leaves.extend(1).set(digests.subarray(DIGEST_BYTES));
    }
    return { sha256: formatHex(digests.subarray(0, DIGEST_BYTES)), leaves: this.#leaves.take() };
  }
}

/** Hashes of leaves, one after another, in memory that doubles when it is full. */
class LeafList {
  #bytes: Uint8Array = new Uint8Array(DIGEST_BYTES);
  #used = 0;

  /** Room for `count` more, to be filled before the next call. */
  extend(count: number): Uint8Array {
    const start = this.#used;
    this.#used += count * DIGEST_BYTES;
    if (this.#used > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#used));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes.subarray(start, this.#used);
  }

  /** A copy of all of them. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#used);
  }
}
