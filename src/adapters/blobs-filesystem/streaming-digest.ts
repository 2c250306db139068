/** The hashing kernel of uploads: linear SHA-256 and the SHA-256 of each MiB, in one pass over the bytes. */
import { createHash, type Hash } from "node:crypto";
import type { HashHex } from "../../domain/archive.ts";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";

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

/** A digest on node:crypto. The first MiB is hashed once: until its end the linear hash is its leaf. */
export function createStreamingDigest(): StreamingDigest {
  return new CryptoStreamingDigest();
}

class CryptoStreamingDigest implements StreamingDigest {
  readonly #linear = createHash("sha256");
  /** The hash of the leaf in progress; absent during the first. */
  #leaf: Hash | undefined;
  #leafBytes = 0;
  #leaves: Uint8Array = new Uint8Array(DIGEST_BYTES);
  #leafCount = 0;

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
    return {
      sha256: this.#linear.digest("hex"),
      leaves: this.#leaves.slice(0, this.#leafCount * DIGEST_BYTES),
    };
  }

  #endLeaf(): void {
    const offset = this.#leafCount * DIGEST_BYTES;
    if (offset === this.#leaves.length) {
      const larger = new Uint8Array(2 * offset);
      larger.set(this.#leaves);
      this.#leaves = larger;
    }
    const hash = this.#leaf ?? this.#linear.copy();
    this.#leaves.set(hash.digest(), offset);
    this.#leafCount += 1;
    this.#leafBytes = 0;
  }
}
