/** The ways of hashing and writing a body that `ingest-alternatives.bench.ts` compares. */

import { hash } from "node:crypto";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { BothHashes, type FromBench, RING_HEADER_WORDS, type ToBench } from "./ingest-worker.ts";

const WORKERS = 2;
const WINDOW_BYTES = 8 * 1024 * 1024;

/** One body on its way; `write` may take `chunk` for good. */
export interface Sink {
  write(chunk: Uint8Array): Promise<unknown> | undefined;
  end(): Promise<void>;
}

/** One way to hash and write. */
export interface Variant {
  readonly name: string;
  openSink(path: string): Promise<Sink>;
  storeSmall(path: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** (a) hashing on the event loop, asynchronous writes of 256 KiB, one in flight. */
export function eventLoopVariant(): Variant {
  return {
    name: "event loop, async write",
    openSink: async (path) => new EventLoopSink(path, await open(path, "wx", 0o600)),
    storeSmall: storeSmallOnEventLoop,
    close: async () => undefined,
  };
}

async function storeSmallOnEventLoop(path: string, bytes: Uint8Array): Promise<void> {
  hash("sha256", bytes, "buffer");
  const file = await open(`${path}.tmp`, "wx", 0o600);
  await file.write(bytes);
  await file.sync();
  await file.close();
  await rename(`${path}.tmp`, path);
  const folder = await open(dirname(path), "r");
  await folder.sync();
  await folder.close();
}

class EventLoopSink implements Sink {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hashes = new BothHashes();
  #buffer = Buffer.allocUnsafeSlow(256 * 1024);
  #spare = Buffer.allocUnsafeSlow(256 * 1024);
  #used = 0;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  write(chunk: Uint8Array): Promise<unknown> | undefined {
    this.#hashes.update(chunk);
    this.#buffer.set(chunk, this.#used);
    this.#used += chunk.length;
    return this.#used === this.#buffer.length ? this.#flush() : undefined;
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#writing;
    this.#hashes.digest();
    await this.#file.close();
    await unlink(this.#path);
  }

  async #flush(): Promise<void> {
    await this.#writing;
    this.#writing = this.#file.write(this.#buffer, 0, this.#used);
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.#used = 0;
  }
}

interface WorkerState {
  readonly worker: Worker;
  readonly slots: Uint8Array;
  readonly header: Int32Array;
  readonly free: number[];
  readonly ended: Map<number, () => void>;
  outstanding: number;
  wake: (() => void) | undefined;
}

function startWorker(slotBytes: number, windowBytes: number): WorkerState {
  const memory = new SharedArrayBuffer(windowBytes);
  const count = windowBytes / slotBytes;
  const header = new SharedArrayBuffer(4 * (RING_HEADER_WORDS + 2 * count));
  const worker = new Worker(new URL("./ingest-worker.ts", import.meta.url), {
    workerData: { slotBytes, memory, header },
  });
  const state: WorkerState = {
    worker,
    slots: new Uint8Array(memory),
    header: new Int32Array(header),
    free: Array.from({ length: count }, (_, index) => index),
    ended: new Map(),
    outstanding: 0,
    wake: undefined,
  };
  worker.on("message", (message: ToBench) => {
    if (message.kind === "ended") {
      state.ended.get(message.upload)?.();
      state.ended.delete(message.upload);
      return;
    }
    state.free.push(message.slot);
    state.outstanding -= 1;
    state.wake?.();
    state.wake = undefined;
  });
  return state;
}

function send(state: WorkerState, message: FromBench, transfer: ArrayBuffer[] = []): void {
  state.worker.postMessage(message, transfer);
}

function untilEnded(state: WorkerState, upload: number): Promise<void> {
  return new Promise((resolve) => state.ended.set(upload, resolve));
}

async function closeWorkers(states: readonly WorkerState[]): Promise<void> {
  await Promise.all(states.map((state) => state.worker.terminate()));
}

async function untilWoken(state: WorkerState): Promise<void> {
  await new Promise<void>((resolve) => {
    const earlier = state.wake;
    state.wake = () => {
      earlier?.();
      resolve();
    };
  });
}

/** (b) workers fed by slots of one SharedArrayBuffer; a message names each filled slot. */
export function slotVariant(slotBytes: number): Variant {
  const states = Array.from({ length: WORKERS }, () => startWorker(slotBytes, 4 * WINDOW_BYTES));
  let uploads = 0;
  return {
    name: `worker, shared slots of ${slotBytes / 1024} KiB`,
    openSink: async (path) => {
      uploads += 1;
      const state = states[uploads % WORKERS] as WorkerState;
      return slotSink(state, slotBytes, uploads, path);
    },
    storeSmall: async (path, bytes) => {
      uploads += 1;
      const upload = uploads;
      const state = states[upload % WORKERS] as WorkerState;
      while (state.free.length === 0) {
        await untilWoken(state);
      }
      const slot = state.free.pop() ?? 0;
      state.slots.set(bytes, slot * slotBytes);
      send(state, { kind: "small", upload, slot, length: bytes.length, path });
      await untilEnded(state, upload);
    },
    close: () => closeWorkers(states),
  };
}

function slotSink(state: WorkerState, slotBytes: number, upload: number, path: string): Sink {
  send(state, { kind: "open", upload, path });
  let slot: number | undefined;
  let used = 0;
  const put = (chunk: Uint8Array): void => {
    slot ??= state.free.pop() ?? 0;
    state.slots.set(chunk, slot * slotBytes + used);
    used += chunk.length;
    if (used === slotBytes) {
      send(state, { kind: "slot", upload, slot, length: used });
      slot = undefined;
      used = 0;
    }
  };
  const putLater = async (chunk: Uint8Array): Promise<void> => {
    while (slot === undefined && state.free.length === 0) {
      await untilWoken(state);
    }
    put(chunk);
  };
  return {
    write: (chunk) =>
      slot === undefined && state.free.length === 0 ? putLater(chunk) : void put(chunk),
    end: async () => {
      if (slot !== undefined) {
        send(state, { kind: "slot", upload, slot, length: used });
      }
      send(state, { kind: "end", upload });
      await untilEnded(state, upload);
    },
  };
}

/** (c) workers that are given the received buffers themselves. */
export function transferVariant(): Variant {
  const states = Array.from({ length: WORKERS }, () => startWorker(65_536, WINDOW_BYTES));
  let uploads = 0;
  return {
    name: "worker, transferred buffers",
    openSink: async (path) => {
      uploads += 1;
      const upload = uploads;
      const state = states[upload % WORKERS] as WorkerState;
      send(state, { kind: "open", upload, path });
      return {
        write: (chunk) => {
          state.outstanding += 1;
          const buffer = chunk.buffer as ArrayBuffer;
          send(state, { kind: "chunk", upload, chunk: buffer }, [buffer]);
          return state.outstanding * 65_536 >= 4 * WINDOW_BYTES ? untilWoken(state) : undefined;
        },
        end: async () => {
          send(state, { kind: "end", upload });
          await untilEnded(state, upload);
        },
      };
    },
    storeSmall: () => Promise.reject(new Error("not measured")),
    close: () => closeWorkers(states),
  };
}

/** (d) one ring per worker, which blocks in `Atomics.wait`; the event loop waits with `waitAsync`. */
export function ringVariant(slotBytes: number): Variant {
  const states = Array.from({ length: WORKERS }, () => startWorker(slotBytes, 4 * WINDOW_BYTES));
  const started = states.map((): boolean => false);
  let uploads = 0;
  return {
    name: `worker, Atomics.wait ring of ${slotBytes / 1024} KiB`,
    openSink: async (path) => {
      uploads += 1;
      const index = uploads % WORKERS;
      const state = states[index] as WorkerState;
      if (started[index]) {
        throw new Error("a ring takes all its uploads at once");
      }
      send(state, { kind: "open", upload: uploads, path });
      return ringSink(state, slotBytes, uploads, () => {
        if (!started[index]) {
          started[index] = true;
          send(state, { kind: "ring" });
        }
      });
    },
    storeSmall: () => Promise.reject(new Error("not measured")),
    close: async () => {
      for (const state of states) {
        pushRing(state, { upload: -1, length: 0 });
      }
      await closeWorkers(states);
    },
  };
}

function pushRing(state: WorkerState, entry: { upload: number; length: number }): void {
  const pushed = Atomics.load(state.header, 0);
  const at = RING_HEADER_WORDS + 2 * (pushed % ((state.header.length - RING_HEADER_WORDS) / 2));
  state.header[at] = entry.upload;
  state.header[at + 1] = entry.length;
  Atomics.store(state.header, 0, pushed + 1);
  Atomics.notify(state.header, 0);
}

/** Uploads of one ring take turns per 64 KiB chunk, so each chunk is an entry of its own. */
function ringSink(state: WorkerState, slotBytes: number, upload: number, start: () => void): Sink {
  const count = state.slots.length / slotBytes;
  const untilFree = async (): Promise<void> => {
    for (;;) {
      const popped = Atomics.load(state.header, 1);
      if (Atomics.load(state.header, 0) - popped < count) {
        return;
      }
      await Atomics.waitAsync(state.header, 1, popped).value;
    }
  };
  const put = (chunk: Uint8Array): void => {
    const at = Atomics.load(state.header, 0) % count;
    state.slots.set(chunk, at * slotBytes);
    pushRing(state, { upload, length: chunk.length });
  };
  return {
    write: (chunk) => {
      start();
      if (Atomics.load(state.header, 0) - Atomics.load(state.header, 1) < count) {
        return void put(chunk);
      }
      return untilFree().then(() => put(chunk));
    },
    end: async () => {
      const ended = untilEnded(state, upload);
      await untilFree();
      pushRing(state, { upload, length: -1 });
      await ended;
    },
  };
}
