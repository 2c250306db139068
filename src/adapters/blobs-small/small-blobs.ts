/**
 * Blobs of which the small ones lie in the metadata: reads look there first. A blob is a row or a file, never both:
 * uploads make rows (`Ingest`), everything else that is written becomes a file, and a row that is put back stays a row.
 */
import type { ByteRange } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import { LEAF_BYTES } from "../../domain/limits.ts";
import type { BlobPlace } from "../../ports/blob-place.ts";
import type { BlobStore, BlobWriter, StorageSpace } from "../../ports/blob-store.ts";
import type { KeyRotation, RewrapSums } from "../../ports/key-rotation.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { SmallBlobForm, SmallBlobStore } from "../../ports/small-blobs.ts";
import type { FileRange } from "../../std/file-range.ts";
import { rewrapRows } from "./rewrap-rows.ts";
import { RowWriter } from "./row-writer.ts";
import { RowsFirst } from "./rows-first.ts";

/** Ids of rows listed at once. */
const ROWS_PAGE = 1_000;

export interface SmallBlobsOptions<Files extends BlobStore = BlobStore> {
  readonly rows: SmallBlobStore;
  readonly form: SmallBlobForm;
  /** Where all other blobs are; closing the store closes it. */
  readonly files: Files;
}

/** A store over rows and `files`. */
export function createSmallBlobs(options: SmallBlobsOptions): BlobStore {
  return new SmallBlobs(options);
}

/** The same over files that are encrypted, or may come to be. */
export function createRotatableSmallBlobs(
  options: Omit<SmallBlobsOptions<BlobStore & KeyRotation>, "rows"> & {
    readonly metadata: Pick<MetadataStore, "smallBlobs" | "transaction">;
    readonly logger: Logger;
  },
): BlobStore & KeyRotation {
  const { metadata, files } = options;
  const blobs = new SmallBlobs({ ...options, rows: metadata.smallBlobs });
  const rewrap = async (
    signal: AbortSignal,
    progress: (sums: RewrapSums) => Promise<void>,
  ): Promise<RewrapSums> => {
    const done = await files.rewrap(signal, progress);
    return await rewrapRows({ ...options, signal, done, progress });
  };
  return Object.assign(blobs, { rewrap });
}

class SmallBlobs implements BlobStore {
  readonly #rows: SmallBlobStore;
  readonly #form: SmallBlobForm;
  readonly #files: BlobStore;
  readonly #reading: RowsFirst;

  constructor(options: SmallBlobsOptions) {
    this.#rows = options.rows;
    this.#form = options.form;
    this.#files = options.files;
    this.#reading = new RowsFirst(options);
  }

  /** Replaces a row where there is one, in one transaction; else a file is written. */
  async openWriter(blobId: BlobId, expectedSizeBytes: number): Promise<BlobWriter> {
    const isRow = expectedSizeBytes <= LEAF_BYTES && (await this.#rows.find(blobId)) !== undefined;
    return isRow
      ? new RowWriter({ rows: this.#rows, form: this.#form, blobId })
      : await this.#files.openWriter(blobId, expectedSizeBytes);
  }

  read(blobId: BlobId, range: ByteRange): AsyncIterable<Uint8Array> {
    return this.#reading.read(blobId, range);
  }

  openFile(blobId: BlobId, range: ByteRange): Promise<FileRange | undefined> {
    return this.#reading.openFile(blobId, range);
  }

  hashLeaves(
    blobId: BlobId,
    range: { readonly firstLeaf: number; readonly leafCount: number },
  ): Promise<Uint8Array> {
    return this.#reading.hashLeaves(blobId, range);
  }

  /** A row is read here, by the one connection to the metadata. */
  async findPlace(blobId: BlobId): Promise<BlobPlace | undefined> {
    const isRow = (await this.#rows.find(blobId)) !== undefined;
    return isRow ? undefined : await this.#files.findPlace(blobId);
  }

  findSize(blobId: BlobId): Promise<number | undefined> {
    return this.#reading.findSize(blobId);
  }

  describeSpace(): Promise<StorageSpace | undefined> {
    return this.#files.describeSpace();
  }

  /** Looked up first, so that the removal of a file costs no transaction. */
  async remove(blobId: BlobId): Promise<void> {
    if ((await this.#rows.find(blobId)) !== undefined) {
      await this.#rows.remove(blobId);
    }
    await this.#files.remove(blobId);
  }

  /** All rows, then all files. */
  async *list(): AsyncGenerator<readonly BlobId[], void, void> {
    let page = await this.#rows.listIds({ after: undefined, limit: ROWS_PAGE });
    while (page.length > 0) {
      yield page;
      page = await this.#rows.listIds({ after: page.at(-1), limit: ROWS_PAGE });
    }
    yield* this.#files.list();
  }

  sweepTemporary(): Promise<number> {
    return this.#files.sweepTemporary();
  }

  lastBoot(): Promise<number> {
    return this.#files.lastBoot();
  }

  beginBoot(boot: number): Promise<void> {
    return this.#files.beginBoot(boot);
  }

  close(): Promise<void> {
    return this.#files.close();
  }
}
