/**
 * Writes one blob by the durable recipe. What a crash leaves after each step, and who cleans it:
 *
 * | step                                     | left behind                     | cleaned by              |
 * |------------------------------------------|---------------------------------|-------------------------|
 * | 1 `tmp/<id>` created and written         | a partial temporary file        | `sweepTemporary`        |
 * | 2 file synced (`finish`)                 | a whole temporary file          | `sweepTemporary`        |
 * | 3 the caller compares size and hashes    | the same                        | `sweepTemporary`        |
 * | 4 renamed into its shard (`commit`)      | the blob or the temporary file, | collector of blobs that |
 * |                                          | whole either way                | no metadata names       |
 * | 5 shard folder synced                    | the blob, no metadata           | the same                |
 */
import { hash } from "node:crypto";
import type { DetachedBytes, ReceivedBytes } from "../../domain/body-bytes.ts";
import type { BlobId } from "../../domain/ids.ts";
import { KIB } from "../../domain/limits.ts";
import type { BlobDigest, BlobWriter } from "../../ports/blob-store.ts";
import type { KeyId } from "../../ports/keyring.ts";
import type { Logger } from "../../ports/logger.ts";
import { assert } from "../../std/assert.ts";
import { concatBytes, formatHex } from "../../std/bytes.ts";
import type { DuplicateDescriptor } from "./accelerator.ts";
import { type BlobEncryption, makeHeader, makeSeal } from "./blob-cipher.ts";
import type { BlobWorkers, UploadTask } from "./blob-workers.ts";
import type { LoopFiles, OpenFile } from "./files.ts";
import type { FolderSync } from "./folder-sync.ts";
import { blobPath, FILE_MODE, type Layout, shardPath, temporaryPath } from "./layout.ts";
import { rewrapFile } from "./rewrap-blob.ts";
import { type BlobSeal, SegmentSealer } from "./segment-sealer.ts";
import { type FilledSlot, SlotFiller } from "./slot-filler.ts";
import type { SlotPool } from "./slot-pool.ts";

/** Bodies up to this size are hashed on the event loop and written by the thread pool (ADR 0005). */
const EVENT_LOOP_MAX_BYTES = 64 * KIB;

export interface WriterServices {
  readonly layout: Layout;
  readonly slots: SlotPool;
  /** Slots that one writer may have handed on and not got back. */
  readonly slotsPerWriter: number;
  readonly workers: BlobWorkers;
  readonly folders: FolderSync;
  readonly logger: Logger;
  /** What blobs are encrypted with; `undefined` when they are written as they are. */
  readonly encryption: BlobEncryption | undefined;
  /** What lets workers read from connections; without it they can't. */
  readonly duplicate: DuplicateDescriptor | undefined;
  /** Told once, when the writer holds nothing any more. */
  readonly ended: (blobId: BlobId) => void;
}

const NOTHING: ReceivedBytes = { sizeBytes: 0, isIdle: false };

type Phase = "writing" | "finishing" | "finished" | "committing" | "committed" | "aborted";

export class FilesystemWriter implements BlobWriter {
  readonly #services: WriterServices;
  readonly #blobId: BlobId;
  readonly #filler: SlotFiller;
  readonly #seal: BlobSeal | undefined;
  readonly receive?: (rest: DetachedBytes) => Promise<number>;
  #phase: Phase = "writing";
  #sizeBytes = 0;
  #upload: UploadTask | undefined;
  #stopReceiving: (() => void) | undefined;
  #failure: Error | undefined;
  /** The key that the header is under. */
  #keyId: KeyId | undefined;
  #renamed = false;
  /** The `finish` or `commit` under way. */
  #step: Promise<unknown> = Promise.resolve();
  #aborting: Promise<void> | undefined;

  constructor(services: WriterServices, blobId: BlobId) {
    this.#services = services;
    this.#blobId = blobId;
    this.#seal = services.encryption && makeSeal(blobId);
    this.#filler = new SlotFiller(services.slots, services.slotsPerWriter, (filled) =>
      this.#handOn(filled),
    );
    const { duplicate } = services;
    if (duplicate !== undefined) {
      this.receive = (rest) => this.#receive(rest, duplicate);
    }
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#expectPhase("writing");
    this.#throwFailure();
    this.#sizeBytes += chunk.length;
    return this.#filler.fill(chunk);
  }

  async #receive(rest: DetachedBytes, duplicate: DuplicateDescriptor): Promise<number> {
    let received = NOTHING;
    try {
      received = await this.#receiveCopy(rest, duplicate);
    } finally {
      rest.giveBack(received);
    }
    this.#sizeBytes += received.sizeBytes ?? 0;
    this.#expectPhase("writing");
    this.#throwFailure();
    return received.sizeBytes ?? 0;
  }

  /** Read in the thread that hashes and writes, a byte costs least. */
  async #receiveCopy(
    { descriptor, sizeBytes, idleTimeoutMs, signal }: DetachedBytes,
    duplicate: DuplicateDescriptor,
  ): Promise<ReceivedBytes> {
    if (!this.#mayTake()) {
      return NOTHING;
    }
    // Before there is a copy, which would stay open if no thread can be had.
    const upload = this.#upload ?? this.#openUpload();
    const copy = findCopy(descriptor, duplicate);
    if (copy === undefined) {
      return NOTHING;
    }
    const last = this.#filler.takeLast();
    if (last !== undefined) {
      this.#filler.handOn({ ...last, moreFollow: true });
    }
    const stop = (): void => upload.stopReceiving();
    this.#stopReceiving = stop;
    signal.addEventListener("abort", stop);
    const received = await upload.receiveFrom({ descriptor: copy, sizeBytes, idleTimeoutMs });
    signal.removeEventListener("abort", stop);
    this.#stopReceiving = undefined;
    return received;
  }

  #mayTake(): boolean {
    return this.#failure === undefined && this.#phase === "writing";
  }

  async finish(): Promise<BlobDigest> {
    this.#expectPhase("writing");
    this.#throwFailure();
    this.#phase = "finishing";
    const last = this.#filler.takeLast();
    const fits = this.#upload === undefined && (last?.length ?? 0) <= EVENT_LOOP_MAX_BYTES;
    const digest = fits ? this.#finishHere(last) : this.#finishInWorker(last);
    return this.#remember(digest, "finished");
  }

  async commit(): Promise<void> {
    this.#expectPhase("finished");
    this.#phase = "committing";
    return this.#remember(this.#publish(), "committed");
  }

  abort(): Promise<void> {
    this.#aborting ??= this.#abort();
    return this.#aborting;
  }

  /** Resolves when no commit is under way. */
  async settled(): Promise<void> {
    if (this.#phase === "committing") {
      await this.#step;
    }
  }

  async #remember<Result>(step: Promise<Result>, next: Phase): Promise<Result> {
    this.#step = step.catch(() => undefined);
    const result = await step;
    if (this.#phase === "aborted") {
      throw new Error(`blob ${this.#blobId} was aborted`);
    }
    this.#phase = next;
    if (next === "committed") {
      this.#services.ended(this.#blobId);
    }
    return result;
  }

  /** The whole body is in one slot, or empty: its linear hash is its only leaf. */
  async #finishHere(last: FilledSlot | undefined): Promise<BlobDigest> {
    const { slots, layout } = this.#services;
    const slotBytes = last === undefined ? new Uint8Array(0) : slots.bytes(last.slot);
    const bytes = slotBytes.subarray(0, last?.length ?? 0);
    try {
      const leaves = hash("sha256", bytes, "buffer");
      const path = temporaryPath(layout, this.#blobId);
      await writeDurably(layout.files, path, this.#sealWhole(bytes));
      return { sizeBytes: bytes.length, sha256: formatHex(leaves), leaves };
    } finally {
      if (last !== undefined) {
        slots.release(last.slot);
      }
    }
  }

  async #finishInWorker(last: FilledSlot | undefined): Promise<BlobDigest> {
    const upload = this.#upload ?? this.#openUpload();
    if (last !== undefined) {
      this.#filler.handOn(last);
    }
    const digest = await upload.finish(this.#makeHeader());
    return { ...digest, sizeBytes: this.#sizeBytes };
  }

  #makeHeader(): Uint8Array | undefined {
    const { encryption } = this.#services;
    if (this.#seal === undefined || encryption === undefined) {
      return undefined;
    }
    this.#keyId = encryption.keyring.current.keyId;
    return makeHeader(this.#seal, this.#sizeBytes, encryption.keyring);
  }

  /** The file of a small blob: one segment, if it is encrypted. */
  #sealWhole(bytes: Uint8Array): Uint8Array {
    const header = this.#makeHeader();
    if (this.#seal === undefined || header === undefined) {
      return bytes;
    }
    const sealer = new SegmentSealer(this.#seal);
    return concatBytes([header, ...sealer.update(bytes, false), ...sealer.finish()]);
  }

  async #publish(): Promise<void> {
    const { layout, folders, encryption } = this.#services;
    const path = temporaryPath(layout, this.#blobId);
    if (encryption !== undefined && this.#keyId !== encryption.keyring.current.keyId) {
      // Keys were rotated since the header was made; the walk over stored blobs may not meet this one.
      await rewrapFile({ path, blobId: this.#blobId }, encryption);
    }
    const change = folders.begin(shardPath(layout, this.#blobId));
    await layout.files.rename(path, blobPath(layout, this.#blobId));
    this.#renamed = true;
    await folders.sync(change);
  }

  #handOn(filled: FilledSlot): void {
    const upload = this.#upload ?? this.#openUpload();
    upload.data(filled);
  }

  #openUpload(): UploadTask {
    const { workers, layout } = this.#services;
    this.#upload = workers.openUpload(temporaryPath(layout, this.#blobId), this.#seal, {
      released: (slot) => this.#filler.released(slot),
      failed: (error) => {
        this.#failure ??= error;
        this.#filler.cancel(error);
        this.#stopReceiving?.();
      },
      lost: () => this.#filler.releaseAll(),
    });
    return this.#upload;
  }

  /** Waits for the step under way, takes every claim back, then removes what the steps left. */
  async #abort(): Promise<void> {
    if (this.#phase === "committed") {
      return;
    }
    const committing = this.#phase === "committing";
    if (!committing) {
      this.#phase = "aborted";
    }
    this.#filler.cancel(new Error(`blob ${this.#blobId} was aborted`));
    this.#stopReceiving?.();
    await Promise.all([this.#step, this.#upload?.drop()]);
    if (committing && (this.#phase as Phase) === "committed") {
      return;
    }
    this.#phase = "aborted";
    const { layout, logger, ended } = this.#services;
    const path = this.#renamed
      ? blobPath(layout, this.#blobId)
      : temporaryPath(layout, this.#blobId);
    try {
      await removeFile(layout.files, path);
    } catch (error) {
      logger.warn({ err: error, path }, "an aborted blob could not be removed; the sweep will");
    }
    ended(this.#blobId);
  }

  #expectPhase(phase: Phase): void {
    assert(this.#phase === phase, `blob ${this.#blobId} must be ${phase}; is ${this.#phase}`);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }
}

/** `undefined` where the process may open nothing more: the bytes then come in chunks. */
function findCopy(descriptor: number, duplicate: DuplicateDescriptor): number | undefined {
  try {
    return duplicate(descriptor);
  } catch {
    return undefined;
  }
}

/** Removes the file at `path`; no error when there is none. */
export async function removeFile(files: LoopFiles, path: string): Promise<void> {
  try {
    await files.unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
  }
}

async function writeDurably(files: LoopFiles, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.open(path, "wx", FILE_MODE);
  try {
    await writeAll(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}
