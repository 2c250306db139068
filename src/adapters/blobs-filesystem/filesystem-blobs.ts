/** Blobs as plain files in a folder. */
import { availableParallelism } from "node:os";
import type { ByteRange } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import { MIB } from "../../domain/limits.ts";
import type { BlobPlace } from "../../ports/blob-place.ts";
import type { BlobStore, BlobWriter, StorageSpace } from "../../ports/blob-store.ts";
import type { KeyRotation, RewrapSums } from "../../ports/key-rotation.ts";
import type { Logger } from "../../ports/logger.ts";
import { assert } from "../../std/assert.ts";
import type { FileRange } from "../../std/file-range.ts";
import { type DuplicateDescriptor, findDuplicate } from "./accelerator.ts";
import { type BlobEncryption, heldBytes, readForm, type StoredForm } from "./blob-cipher.ts";
import { readFailure, rottenFile } from "./blob-errors.ts";
import { BlobWorkers, type StartWorker } from "./blob-workers.ts";
import { readBoot, writeBoot } from "./boot-file.ts";
import { placeOfFile } from "./file-place.ts";
import { type Files, nodeFiles } from "./files.ts";
import { FilesystemWriter, removeFile } from "./filesystem-writer.ts";
import { FolderSync } from "./folder-sync.ts";
import { blobPath, isRewrapName, type Layout, layoutOf, prepareFolders } from "./layout.ts";
import { listBlobs, sweepTemporaryFiles } from "./list-blobs.ts";
import { type BlobRange, openPlainBlob, readBlob } from "./read-blob.ts";
import { ReadBuffers } from "./read-buffers.ts";
import { rewrapBlobs } from "./rewrap-blobs.ts";
import { sealedFileBytes } from "./sealed-format.ts";
import { SlotPool } from "./slot-pool.ts";

const BUFFER_DEFAULT_BYTES = 64 * MIB;
const WORKERS_DEFAULT_MAX = 2;
/** So many uploads at once each have their full share: 4 MiB of the default. */
const FAIR_UPLOADS = 16;

export interface FilesystemBlobsOptions {
  /** Made when absent. One process at a time may use it; the caller sees to that. */
  readonly folder: string;
  readonly logger: Logger;
  /** Threads that hash and write; default 2, or 1 on a single core. */
  readonly workers?: number;
  /** Memory that all uploads together are buffered in; default 64 MiB. */
  readonly bufferBytesMax?: number;
  /** Makes nothing, for a copy that is only read and may lie on a read-only file system. */
  readonly readOnly?: boolean;
  /** What blobs are encrypted with; they are written as they are unless given. */
  readonly encryption?: BlobEncryption | undefined;
  /** Whether hashing may use the native addon, where there is one; default true. */
  readonly accelerate?: boolean;
  /** Whether writers may receive from connections by themselves, where the addon is built; default false. */
  readonly receive?: boolean;
  /** How a worker thread is started; default the one of this adapter. */
  readonly startWorker?: StartWorker;
  /** What reaches the disk from the event loop; default `node:fs`. Workers have their own. */
  readonly files?: Files;
}

/** Gauges of a filesystem blob store, for tests and metrics. */
export interface FilesystemBlobs extends BlobStore, KeyRotation {
  /** Buffer slots, and how many of them nobody holds. */
  readonly slots: { readonly slotCount: number; readonly freeCount: number };
  /** Writers neither committed nor aborted. */
  readonly openWriterCount: number;
}

/** Opens the blob store in `folder`, making it durably when it is new. Throws the file system's error. */
export async function openFilesystemBlobs(
  options: FilesystemBlobsOptions,
): Promise<FilesystemBlobs> {
  const layout = layoutOf(options.folder, options.files ?? nodeFiles);
  if (options.readOnly !== true) {
    await prepareFolders(layout);
  }
  return new FolderBlobStore(layout, options);
}

class FolderBlobStore implements FilesystemBlobs {
  readonly slots: SlotPool;
  readonly #layout: Layout;
  readonly #workers: BlobWorkers;
  readonly #folders: FolderSync;
  readonly #buffers = new ReadBuffers();
  readonly #logger: Logger;
  readonly #encryption: BlobEncryption | undefined;
  readonly #duplicate: DuplicateDescriptor | undefined;
  readonly #writers = new Map<string, FilesystemWriter>();
  #isRewrapping = false;
  #closed = false;

  constructor(layout: Layout, options: FilesystemBlobsOptions) {
    this.#layout = layout;
    this.#folders = new FolderSync(layout.files);
    this.#logger = options.logger;
    this.#encryption = options.encryption;
    this.#duplicate = options.receive === true ? findDuplicate() : undefined;
    this.slots = new SlotPool(options.bufferBytesMax ?? BUFFER_DEFAULT_BYTES);
    this.#workers = new BlobWorkers({
      count: options.workers ?? Math.min(WORKERS_DEFAULT_MAX, availableParallelism()),
      slots: this.slots,
      logger: options.logger,
      accelerate: options.accelerate ?? true,
      ...(options.startWorker === undefined ? {} : { start: options.startWorker }),
    });
  }

  get openWriterCount(): number {
    return this.#writers.size;
  }

  /**
   * The hint is not needed: a body that ends within its first slot goes the short way. The temporary file
   * is made with the first bytes that leave the event loop, so its errors come from `write` or `finish`.
   */
  async openWriter(blobId: BlobId, _expectedSizeBytes: number): Promise<BlobWriter> {
    assert(!this.#closed, "the blob store is closed");
    assert(!this.#writers.has(blobId), `blob ${blobId} is being written already`);
    const writer = new FilesystemWriter(
      {
        layout: this.#layout,
        slots: this.slots,
        slotsPerWriter: Math.max(1, Math.floor(this.slots.slotCount / FAIR_UPLOADS)),
        workers: this.#workers,
        folders: this.#folders,
        logger: this.#logger,
        encryption: this.#encryption,
        duplicate: this.#duplicate,
        ended: (ended) => this.#writers.delete(ended),
      },
      blobId,
    );
    this.#writers.set(blobId, writer);
    return writer;
  }

  read(blobId: BlobId, range: ByteRange): AsyncIterable<Uint8Array> {
    return readBlob(this.#rangeOf(blobId, range));
  }

  openFile(blobId: BlobId, range: ByteRange): Promise<FileRange | undefined> {
    return openPlainBlob(this.#rangeOf(blobId, range));
  }

  #rangeOf(blobId: BlobId, range: ByteRange): BlobRange {
    const path = blobPath(this.#layout, blobId);
    const [encryption, workers, buffers] = [this.#encryption, this.#workers, this.#buffers];
    return { blobId, path, files: this.#layout.files, range, encryption, workers, buffers };
  }

  async hashLeaves(
    blobId: BlobId,
    range: { readonly firstLeaf: number; readonly leafCount: number },
  ): Promise<Uint8Array> {
    const path = blobPath(this.#layout, blobId);
    try {
      const form = this.#encryption && (await this.#readForm(blobId));
      const sealed = form?.kind === "sealed" ? form : undefined;
      if (sealed !== undefined && sealed.fileBytes > sealedFileBytes(sealed)) {
        throw rottenFile(`${path} is longer than its blob`);
      }
      return await this.#workers.hashLeaves({ ...range, path, sealed });
    } catch (error) {
      throw readFailure(blobId, error);
    }
  }

  async #readForm(blobId: BlobId): Promise<StoredForm> {
    const file = await this.#layout.files.open(blobPath(this.#layout, blobId), "r");
    try {
      return await readForm(file, blobId, this.#encryption);
    } finally {
      await file.close();
    }
  }

  async findPlace(blobId: BlobId): Promise<BlobPlace | undefined> {
    if (this.#layout.files !== nodeFiles) {
      // Other threads know no other disk.
      return undefined;
    }
    const path = blobPath(this.#layout, blobId);
    if (this.#encryption === undefined) {
      return placeOfFile({ path, sealed: undefined });
    }
    try {
      const form = await this.#readForm(blobId);
      const sealed = form.kind === "sealed" ? form : undefined;
      const isWhole = sealed === undefined || sealed.fileBytes === sealedFileBytes(sealed);
      return isWhole ? placeOfFile({ path, sealed }) : undefined;
    } catch {
      // `read` says why.
      return undefined;
    }
  }

  /** Of an encrypted blob whose file was cut or extended: what it holds, which then differs from what was written. */
  async findSize(blobId: BlobId): Promise<number | undefined> {
    try {
      if (this.#encryption === undefined) {
        return (await this.#layout.files.stat(blobPath(this.#layout, blobId))).size;
      }
      return heldBytes(await this.#readForm(blobId));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return undefined;
      }
      throw readFailure(blobId, error);
    }
  }

  async describeSpace(): Promise<StorageSpace> {
    const { bavail, blocks, bsize } = await this.#layout.files.statfs(this.#layout.data);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  }

  /** Not synced: a blob that a crash brings back is one without metadata, and is removed again. */
  remove(blobId: BlobId): Promise<void> {
    return removeFile(this.#layout.files, blobPath(this.#layout, blobId));
  }

  list(): AsyncIterable<readonly BlobId[]> {
    return listBlobs(this.#layout);
  }

  sweepTemporary(): Promise<number> {
    return sweepTemporaryFiles(this.#layout, (name) =>
      isRewrapName(name) ? this.#isRewrapping : this.#writers.has(name),
    );
  }

  lastBoot(): Promise<number> {
    return readBoot(this.#layout);
  }

  beginBoot(boot: number): Promise<void> {
    return writeBoot(this.#layout, boot);
  }

  async rewrap(
    signal: AbortSignal,
    progress: (sums: RewrapSums) => Promise<void>,
  ): Promise<RewrapSums> {
    const encryption = this.#encryption;
    assert(encryption !== undefined, "only encrypted blobs have keys to rotate");
    assert(!this.#isRewrapping, "data keys are being put under another key already");
    this.#isRewrapping = true;
    try {
      // A blob that is being committed may come under its name behind the walk.
      await Promise.all([...this.#writers.values()].map((writer) => writer.settled()));
      const logger = this.#logger;
      return await rewrapBlobs({ layout: this.#layout, encryption, logger, signal, progress });
    } finally {
      this.#isRewrapping = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#writers.values()].map((writer) => writer.abort()));
    await this.#workers.close();
    await this.#folders.close();
  }
}
