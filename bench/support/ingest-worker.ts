/** Worker side of the alternatives that `ingest-alternatives.bench.ts` compares. */
import { createHash, type Hash, hash } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

const LEAF_BYTES = 1024 * 1024;
/** Ring header: pushed count, popped count, then upload and length of each slot. */
export const RING_HEADER_WORDS = 2;

export type FromBench =
  | { readonly kind: "open"; readonly upload: number; readonly path: string }
  | {
      readonly kind: "slot";
      readonly upload: number;
      readonly slot: number;
      readonly length: number;
    }
  | { readonly kind: "chunk"; readonly upload: number; readonly chunk: ArrayBuffer }
  | { readonly kind: "ring" }
  | { readonly kind: "end"; readonly upload: number }
  | {
      readonly kind: "small";
      readonly upload: number;
      readonly slot: number;
      readonly length: number;
      readonly path: string;
    };
export type ToBench =
  | { readonly kind: "taken"; readonly upload: number; readonly slot: number }
  | { readonly kind: "ended"; readonly upload: number };

/** Both hashes of one upload, as the service needs them. */
export class BothHashes {
  readonly #linear = createHash("sha256");
  #leaf = createHash("sha256");
  #leafBytes = 0;
  leaves = 0;

  update(bytes: Uint8Array): void {
    this.#linear.update(bytes);
    let offset = 0;
    while (offset < bytes.length) {
      const end = Math.min(bytes.length, offset + LEAF_BYTES - this.#leafBytes);
      this.#leaf.update(bytes.subarray(offset, end));
      this.#leafBytes += end - offset;
      offset = end;
      if (this.#leafBytes === LEAF_BYTES) {
        this.#leaf = this.#nextLeaf();
      }
    }
  }

  digest(): string {
    this.#nextLeaf();
    return this.#linear.digest("hex");
  }

  #nextLeaf(): Hash {
    this.#leaf.digest();
    this.leaves += 1;
    this.#leafBytes = 0;
    return createHash("sha256");
  }
}

interface Upload {
  readonly fd: number;
  readonly path: string;
  readonly hashes: BothHashes;
}

const uploads = new Map<number, Upload>();

function take(upload: number, bytes: Uint8Array): void {
  const found = uploads.get(upload);
  if (found !== undefined) {
    found.hashes.update(bytes);
    writeSync(found.fd, bytes);
  }
}

function end(upload: number): void {
  const found = uploads.get(upload);
  if (found !== undefined) {
    found.hashes.digest();
    closeSync(found.fd);
    unlinkSync(found.path);
    uploads.delete(upload);
  }
}

function storeSmall(path: string, bytes: Uint8Array): void {
  hash("sha256", bytes, "buffer");
  const fd = openSync(`${path}.tmp`, "wx", 0o600);
  writeSync(fd, bytes);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${path}.tmp`, path);
  const folder = openSync(path.slice(0, path.lastIndexOf("/")), "r");
  fsyncSync(folder);
  closeSync(folder);
}

/** Serves one ring until `stop` is pushed as upload -1; blocks in `Atomics.wait` when it is empty. */
function serveRing(header: Int32Array, slots: Uint8Array, slotBytes: number): void {
  const count = slots.length / slotBytes;
  for (let popped = 0; ; popped += 1) {
    while (Atomics.load(header, 0) === popped) {
      Atomics.wait(header, 0, popped);
    }
    const at = popped % count;
    const upload = header[RING_HEADER_WORDS + 2 * at] ?? 0;
    const length = header[RING_HEADER_WORDS + 2 * at + 1] ?? 0;
    if (upload === -1) {
      return;
    }
    if (length === -1) {
      end(upload);
      post({ kind: "ended", upload });
    } else {
      take(upload, slots.subarray(at * slotBytes, at * slotBytes + length));
    }
    Atomics.store(header, 1, popped + 1);
    Atomics.notify(header, 1);
  }
}

function post(message: ToBench): void {
  parentPort?.postMessage(message);
}

if (parentPort !== null) {
  const { slotBytes, memory, header } = workerData as {
    slotBytes: number;
    memory: SharedArrayBuffer;
    header: SharedArrayBuffer;
  };
  const slots = new Uint8Array(memory);
  const slot = (index: number, length: number) =>
    slots.subarray(index * slotBytes, index * slotBytes + length);
  parentPort.on("message", (message: FromBench) => {
    switch (message.kind) {
      case "open":
        uploads.set(message.upload, {
          fd: openSync(message.path, "wx", 0o600),
          path: message.path,
          hashes: new BothHashes(),
        });
        return;
      case "slot":
        take(message.upload, slot(message.slot, message.length));
        return post({ kind: "taken", upload: message.upload, slot: message.slot });
      case "chunk":
        take(message.upload, new Uint8Array(message.chunk));
        return post({ kind: "taken", upload: message.upload, slot: 0 });
      case "ring":
        return serveRing(new Int32Array(header), slots, slotBytes);
      case "end":
        end(message.upload);
        return post({ kind: "ended", upload: message.upload });
      case "small":
        storeSmall(message.path, slot(message.slot, message.length));
        post({ kind: "taken", upload: message.upload, slot: message.slot });
        return post({ kind: "ended", upload: message.upload });
    }
  });
}
