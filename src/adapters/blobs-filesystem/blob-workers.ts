/** The worker threads, as the event loop sees them. */
import { Worker } from "node:worker_threads";
import type { ReceivedBytes } from "../../domain/body-bytes.ts";
import type { Logger } from "../../ports/logger.ts";
import { assert, assertNever } from "../../std/assert.ts";
import type { BlobSeal } from "./segment-sealer.ts";
import type { FilledSlot } from "./slot-filler.ts";
import { SLOT_BYTES, type SlotPool } from "./slot-pool.ts";
import type { DigestResult } from "./streaming-digest.ts";
import {
  errorOf,
  type FromWorker,
  type LeafRequest,
  type ReceiveRequest,
  type SegmentRequest,
  type ToWorker,
  type WorkerStart,
} from "./worker-messages.ts";

/** What is asked of a worker thread. */
export type UploadThread = Pick<Worker, "postMessage" | "terminate"> & {
  on(event: "message", listener: (message: FromWorker) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(event: "exit", listener: (exitCode: number) => void): unknown;
};

/** Starts a thread that serves worker-messages.ts. */
export type StartWorker = (start: WorkerStart, index: number) => UploadThread;

/** What the owner of an upload is told. */
export interface UploadEvents {
  released(slot: number): void;
  /** The upload takes no more bytes. It must still be dropped. */
  failed(error: Error): void;
  /** The worker is gone, and with it every claim on slots and descriptors. */
  lost(): void;
}

interface Task {
  receive(message: FromWorker): void;
  lost(error: Error): void;
}

export interface BlobWorkersOptions {
  readonly count: number;
  readonly slots: SlotPool;
  readonly logger: Logger;
  /** See `WorkerStart`. */
  readonly accelerate: boolean;
  readonly start?: StartWorker;
}

/**
 * Spreads uploads and leaf requests over `count` threads. They start with the first of them, not with the service,
 * which would be ready later; a thread that ends is replaced when needed.
 */
export class BlobWorkers {
  readonly #options: BlobWorkersOptions;
  readonly #threads: (Thread | undefined)[];
  #lastTask = 0;
  #closed = false;

  constructor(options: BlobWorkersOptions) {
    this.#options = options;
    this.#threads = Array.from({ length: options.count }, () => undefined);
  }

  /** Starts an upload that writes to a new file at `path`. Failures come as events. */
  openUpload(path: string, seal: BlobSeal | undefined, events: UploadEvents): UploadTask {
    const thread = this.#leastBusyThread();
    this.#lastTask += 1;
    return new UploadTask(thread, this.#lastTask, { path, seal, events });
  }

  /** See worker-leaves.ts; throws the file system's error. */
  hashLeaves(request: LeafRequest): Promise<Uint8Array> {
    return this.#ask(
      (task) => ({ kind: "hashLeaves", task, request }),
      (message) => (message.kind === "hashed" ? message.leaves : undefined),
    );
  }

  /** The bytes of a segment of an encrypted blob; throws the errors of blob-errors.ts. */
  openSegment(request: SegmentRequest): Promise<Uint8Array> {
    return this.#ask(
      (task) => ({ kind: "openSegment", task, request }),
      (message) => (message.kind === "opened" ? message.bytes : undefined),
    );
  }

  #ask(
    makeMessage: (task: number) => ToWorker,
    findAnswer: (message: FromWorker) => Uint8Array | undefined,
  ): Promise<Uint8Array> {
    const thread = this.#leastBusyThread();
    this.#lastTask += 1;
    const task = this.#lastTask;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    thread.tasks.set(task, {
      receive: (message) => {
        thread.tasks.delete(task);
        const answer = findAnswer(message);
        if (answer !== undefined) {
          resolve(answer);
        } else {
          reject(message.kind === "failed" ? errorOf(message.error) : unexpected(message));
        }
      },
      lost: reject,
    });
    thread.send(makeMessage(task));
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map((thread) => thread?.worker.terminate()));
  }

  #leastBusyThread(): Thread {
    assert(!this.#closed, "the blob store is closed");
    const threads = this.#threads.map((thread, index) => thread ?? this.#startThread(index));
    this.#threads.splice(0, threads.length, ...threads);
    return threads.reduce((best, thread) => (thread.tasks.size < best.tasks.size ? thread : best));
  }

  #startThread(index: number): Thread {
    const { slots, logger, accelerate, start = startBlobWorker } = this.#options;
    const worker = start({ memory: slots.memory, slotBytes: SLOT_BYTES, accelerate }, index);
    return new Thread(worker, (error) => {
      this.#threads[index] = undefined;
      if (!this.#closed) {
        logger.error({ err: error, worker: index }, "blob worker stopped; its uploads fail");
      }
    });
  }
}

class Thread {
  readonly worker: UploadThread;
  readonly tasks = new Map<number, Task>();

  constructor(worker: UploadThread, ended: (error: Error) => void) {
    this.worker = worker;
    let cause: unknown;
    worker.on("message", (message: FromWorker) => this.tasks.get(message.task)?.receive(message));
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", (exitCode) => {
      const reason = cause instanceof Error ? cause.message : `exit code ${exitCode}`;
      const error = new Error(`the blob worker stopped: ${reason}`, { cause });
      const tasks = [...this.tasks.values()];
      this.tasks.clear();
      ended(error);
      for (const task of tasks) {
        task.lost(error);
      }
    });
  }

  send(message: ToWorker): void {
    this.worker.postMessage(message);
  }
}

/** One upload on a thread. */
export class UploadTask implements Task {
  readonly #thread: Thread;
  readonly #task: number;
  readonly #events: UploadEvents;
  readonly #finished = Promise.withResolvers<DigestResult>();
  readonly #dropped = Promise.withResolvers<void>();
  #received: PromiseWithResolvers<ReceivedBytes> | undefined;

  constructor(
    thread: Thread,
    task: number,
    upload: {
      readonly path: string;
      readonly seal: BlobSeal | undefined;
      readonly events: UploadEvents;
    },
  ) {
    this.#thread = thread;
    this.#task = task;
    this.#events = upload.events;
    this.#finished.promise.catch(() => undefined);
    thread.tasks.set(task, this);
    thread.send({ kind: "open", task, path: upload.path, seal: upload.seal });
  }

  data(filled: FilledSlot): void {
    this.#thread.send({ kind: "data", task: this.#task, ...filled });
  }

  /**
   * Takes bytes from a connection; the descriptor is the worker's from here on. What was handed on by `data` comes
   * before them. Resolves when the worker reads no more, also when the upload fails.
   */
  receiveFrom(request: ReceiveRequest): Promise<ReceivedBytes> {
    this.#received = Promise.withResolvers();
    this.#thread.send({ kind: "receive", task: this.#task, ...request });
    return this.#received.promise;
  }

  stopReceiving(): void {
    this.#thread.send({ kind: "stopReceiving", task: this.#task });
  }

  /**
   * All bytes, with the header of an encrypted blob before them, are on stable storage, the descriptor is closed.
   * Throws the file system's error.
   */
  finish(header: Uint8Array | undefined): Promise<DigestResult> {
    this.#thread.send({ kind: "finish", task: this.#task, header });
    return this.#finished.promise;
  }

  /** Resolves when the worker has let go of slots and descriptor. */
  drop(): Promise<void> {
    this.#thread.send({ kind: "drop", task: this.#task });
    return this.#dropped.promise;
  }

  receive(message: FromWorker): void {
    switch (message.kind) {
      case "released":
        this.#events.released(message.slot);
        return;
      case "received":
        this.#received?.resolve(message);
        return;
      case "finished":
        this.#thread.tasks.delete(this.#task);
        this.#dropped.resolve();
        this.#finished.resolve(message.digest);
        return;
      case "failed":
        this.#finished.reject(errorOf(message.error));
        this.#events.failed(errorOf(message.error));
        return;
      case "dropped":
        this.#thread.tasks.delete(this.#task);
        this.#dropped.resolve();
        return;
      case "hashed":
      case "opened":
        throw unexpected(message);
      default:
        assertNever(message);
    }
  }

  lost(error: Error): void {
    this.#finished.reject(error);
    this.#received?.resolve({ sizeBytes: undefined, isIdle: false });
    this.#dropped.resolve();
    this.#events.failed(error);
    this.#events.lost();
  }
}

function unexpected(message: FromWorker): Error {
  return new Error(`a blob worker answered ${message.kind} to something else`);
}

function startBlobWorker(start: WorkerStart, index: number): Worker {
  // The entry has the extension of this file: it is TypeScript in a checkout and JavaScript in a build.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  return new Worker(new URL(`./blob-worker${extension}`, import.meta.url), {
    name: `moraine-blobs-${index}`,
    workerData: start,
  });
}
