/** One upload inside a blob worker: owns the temporary file, hashes and writes what it is given. */
import { MIB } from "../../domain/limits.ts";
import type { Accelerator } from "./accelerator.ts";
import type { EarlySyncs } from "./early-syncs.ts";
import type { ThreadFiles } from "./files.ts";
import { FILE_MODE } from "./layout.ts";
import { HEADER_BYTES } from "./sealed-format.ts";
import { type BlobSeal, SegmentSealer } from "./segment-sealer.ts";
import { createStreamingDigest, type StreamingDigest } from "./streaming-digest.ts";
import { type FromWorker, factsOf } from "./worker-messages.ts";

type Answer = FromWorker extends infer One
  ? One extends FromWorker
    ? Omit<One, "task">
    : never
  : never;

/** What is hashed and written in one go: in few folios, and while it is in the processor's caches. */
export const PIECE_BYTES = MIB;

/** What uploads of a worker share. */
export interface UploadTools {
  readonly files: ThreadFiles;
  readonly accelerator: Accelerator | undefined;
  readonly earlySyncs: EarlySyncs;
}

/**
 * After a failure the upload takes no more bytes and answers nothing but `drop`. The last answer to `drop` is
 * sent when the descriptor is closed: only then may the file be removed.
 */
export class WorkerUpload {
  readonly #files: ThreadFiles;
  readonly #earlySyncs: EarlySyncs;
  readonly #answer: (answer: Answer) => void;
  readonly #ended: () => void;
  readonly #digest: StreamingDigest;
  readonly #sealer: SegmentSealer | undefined;
  /** Where the next byte is written: the header of an encrypted blob comes last. */
  #end: number;
  #fd: number | undefined;
  #failed = false;
  #syncing = false;
  /** Up to here bytes are on stable storage, or a sync of them is under way. */
  #syncedEnd = 0;
  /** What `finish` does once the sync under way has ended. */
  #afterSync: (() => void) | undefined;
  #dropped = false;

  /** `seal` is what to encrypt with, `undefined` for bytes that are written as they are. */
  constructor(
    { files, accelerator, earlySyncs }: UploadTools,
    { path, seal }: { readonly path: string; readonly seal: BlobSeal | undefined },
    events: { readonly answer: (answer: Answer) => void; readonly ended: () => void },
  ) {
    this.#files = files;
    this.#earlySyncs = earlySyncs;
    this.#digest = createStreamingDigest(accelerator);
    this.#answer = events.answer;
    this.#ended = events.ended;
    this.#sealer = seal && new SegmentSealer(seal);
    this.#end = seal === undefined ? 0 : HEADER_BYTES;
    this.#attempt(() => {
      this.#fd = this.#files.openSync(path, "wx", FILE_MODE);
    });
  }

  /** Whether it takes no more bytes. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether nothing is left to do, so that the worker may forget it. */
  get ended(): boolean {
    return this.#fd === undefined && !this.#failed;
  }

  /**
   * So many bytes reach to the next multiple of a piece in the file. Where writes begin and end there, the file system
   * keeps them in few large folios; else in many small ones, at half as much cost again.
   */
  get pieceRoomBytes(): number {
    return PIECE_BYTES - (this.#end % PIECE_BYTES);
  }

  data(bytes: Uint8Array, moreFollow: boolean): void {
    this.#attempt((fd) => {
      for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
        const piece = bytes.subarray(start, start + PIECE_BYTES);
        this.#digest.update(piece);
        const goesOn = moreFollow || start + PIECE_BYTES < bytes.length;
        for (const written of this.#sealer?.update(piece, goesOn) ?? [piece]) {
          this.#append(fd, written);
        }
      }
      this.#syncEarly(fd);
    });
  }

  /**
   * Syncs in the thread pool, so that the other uploads of this worker go on. A failed sync is never
   * repeated: the kernel may have dropped the pages that it could not write.
   */
  finish(header: Uint8Array | undefined): void {
    this.#attempt((fd) => {
      const digest = this.#digest.digest();
      for (const piece of this.#sealer?.finish() ?? []) {
        this.#append(fd, piece);
      }
      if (header !== undefined) {
        this.#writeAll(fd, header, 0);
      }
      const syncLast = (): void =>
        this.#sync(fd, () => {
          this.#close();
          this.#answer({ kind: "finished", digest });
        });
      if (this.#syncing) {
        this.#afterSync = syncLast;
      } else {
        syncLast();
      }
    });
  }

  drop(): void {
    this.#dropped = true;
    if (!this.#syncing) {
      this.#failed = false;
      try {
        this.#close();
      } catch {
        // The descriptor is gone either way, and nobody wants the bytes.
      }
      this.#answer({ kind: "dropped" });
    }
  }

  /** Writing to the disk begins while bytes still arrive, so that the last sync has little left to wait for. */
  #syncEarly(fd: number): void {
    const isDue = this.#end - this.#syncedEnd >= this.#earlySyncs.everyBytes;
    if (!isDue || this.#syncing || !this.#earlySyncs.tryBegin()) {
      return;
    }
    this.#syncedEnd = this.#end;
    this.#sync(
      fd,
      () => this.#afterSync?.(),
      () => this.#earlySyncs.end(),
    );
  }

  /**
   * Calls `settled` in any case, and `done` when the bytes are on stable storage: `finish` is answered also when
   * nobody wants the bytes any more.
   */
  #sync(fd: number, done: () => void, settled: () => void = () => undefined): void {
    this.#syncing = true;
    this.#files.fsync(fd, (error) => {
      this.#syncing = false;
      settled();
      this.#attempt(() => {
        if (error) {
          throw error;
        }
        done();
      });
      if (this.#dropped) {
        this.drop();
      }
      this.#ended();
    });
  }

  #append(fd: number, bytes: Uint8Array): void {
    this.#writeAll(fd, bytes, this.#end);
    this.#end += bytes.length;
  }

  #writeAll(fd: number, bytes: Uint8Array, position: number): void {
    let written = 0;
    while (written < bytes.length) {
      const left = bytes.length - written;
      written += this.#files.writeSync(fd, bytes, written, left, position + written);
    }
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) {
      this.#files.closeSync(fd);
    }
  }

  #attempt(work: (fd: number) => void): void {
    if (this.#failed) {
      return;
    }
    try {
      work(this.#fd ?? -1);
    } catch (error) {
      this.#failed = true;
      this.#answer({ kind: "failed", error: factsOf(error) });
    }
  }
}
