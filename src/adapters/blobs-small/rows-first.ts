/** Reads of blobs that may be rows: a row where there is one, else the file. */
import { BlobDamage } from "../../domain/blob.ts";
import type { ByteRange } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import { DIGEST_BYTES } from "../../domain/limits.ts";
import { leafCount } from "../../domain/tree-hash.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { SmallBlobForm, SmallBlobStore } from "../../ports/small-blobs.ts";
import type { FileRange } from "../../std/file-range.ts";
import { hashOfLeaves } from "./hash-of-leaves.ts";

/** A yielded piece, as of files. */
const CHUNK_BYTES = 256 * 1024;

/** What is asked of a copy of blobs. */
export type BlobReading = Pick<BlobStore, "read" | "openFile" | "hashLeaves" | "findSize">;

export interface RowsFirstOptions {
  readonly rows: Pick<SmallBlobStore, "find">;
  readonly form: SmallBlobForm;
  readonly files: BlobReading;
}

/** See the same methods of `BlobStore`. A row has few bytes: it is opened and hashed at once, on the event loop. */
export class RowsFirst implements BlobReading {
  readonly #rows: RowsFirstOptions["rows"];
  readonly #form: SmallBlobForm;
  readonly #files: BlobReading;

  constructor({ rows, form, files }: RowsFirstOptions) {
    this.#rows = rows;
    this.#form = form;
    this.#files = files;
  }

  async *read(blobId: BlobId, range: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    const stored = await this.#rows.find(blobId);
    if (stored === undefined) {
      yield* this.#files.read(blobId, range);
      return;
    }
    const bytes = await this.#form.open(blobId, stored);
    if (bytes.length < range.endExclusive) {
      throw new BlobDamage(blobId, "truncated");
    }
    for (let start = range.start; start < range.endExclusive; start += CHUNK_BYTES) {
      yield bytes.subarray(start, Math.min(start + CHUNK_BYTES, range.endExclusive));
    }
  }

  /** A row is in no file of its own. */
  async openFile(blobId: BlobId, range: ByteRange): Promise<FileRange | undefined> {
    const stored = await this.#rows.find(blobId);
    return stored === undefined ? await this.#files.openFile?.(blobId, range) : undefined;
  }

  async hashLeaves(
    blobId: BlobId,
    range: { readonly firstLeaf: number; readonly leafCount: number },
  ): Promise<Uint8Array> {
    const stored = await this.#rows.find(blobId);
    if (stored === undefined) {
      return await this.#files.hashLeaves(blobId, range);
    }
    try {
      const bytes = await this.#form.open(blobId, stored);
      if (range.leafCount > 0 && range.firstLeaf + range.leafCount > leafCount(bytes.length)) {
        throw new BlobDamage(blobId, "truncated");
      }
      return hashOfLeaves(bytes, range);
    } catch (error) {
      if (error instanceof BlobDamage && error.kind === "rotten") {
        return new Uint8Array(range.leafCount * DIGEST_BYTES);
      }
      throw error;
    }
  }

  async findSize(blobId: BlobId): Promise<number | undefined> {
    const stored = await this.#rows.find(blobId);
    return stored === undefined
      ? await this.#files.findSize(blobId)
      : await this.#form.measure(blobId, stored);
  }
}
