/** Puts other bytes in the place of a damaged row: in one transaction, so that a crash leaves one or the other. */
import { hash } from "node:crypto";
import type { BlobId } from "../../domain/ids.ts";
import { LEAF_BYTES } from "../../domain/limits.ts";
import { leafCount } from "../../domain/tree-hash.ts";
import type { BlobDigest, BlobWriter } from "../../ports/blob-store.ts";
import type { SmallBlobForm, SmallBlobStore } from "../../ports/small-blobs.ts";
import { assert } from "../../std/assert.ts";
import { concatBytes } from "../../std/bytes.ts";
import { hashOfLeaves } from "./hash-of-leaves.ts";

/** What is written waits in memory: at most one leaf. */
export class RowWriter implements BlobWriter {
  readonly #rows: SmallBlobStore;
  readonly #form: SmallBlobForm;
  readonly #blobId: BlobId;
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #phase: "writing" | "finished" | "ended" = "writing";

  constructor(options: {
    readonly rows: SmallBlobStore;
    readonly form: SmallBlobForm;
    readonly blobId: BlobId;
  }) {
    this.#rows = options.rows;
    this.#form = options.form;
    this.#blobId = options.blobId;
  }

  write(chunk: Uint8Array): undefined {
    assert(this.#phase === "writing", "a finished row takes no more bytes");
    this.#sizeBytes += chunk.length;
    assert(this.#sizeBytes <= LEAF_BYTES, `a row holds up to ${LEAF_BYTES} bytes`);
    // Not `slice`: that of a Buffer does not copy.
    this.#chunks.push(new Uint8Array(chunk));
  }

  async finish(): Promise<BlobDigest> {
    assert(this.#phase === "writing", "a row is finished once");
    this.#phase = "finished";
    const bytes = concatBytes(this.#chunks);
    this.#chunks = [bytes];
    const range = { firstLeaf: 0, leafCount: leafCount(bytes.length) };
    return {
      sizeBytes: bytes.length,
      sha256: hash("sha256", bytes, "hex"),
      leaves: hashOfLeaves(bytes, range),
    };
  }

  /** A row that was removed meanwhile is not needed any more. */
  async commit(): Promise<void> {
    assert(this.#phase === "finished", "a row is committed once, after it was finished");
    this.#phase = "ended";
    const stored = this.#form.seal(this.#blobId, concatBytes(this.#chunks));
    this.#chunks = [];
    await this.#rows.replace({ blobId: this.#blobId, stored });
  }

  async abort(): Promise<void> {
    this.#phase = "ended";
    this.#chunks = [];
  }
}
