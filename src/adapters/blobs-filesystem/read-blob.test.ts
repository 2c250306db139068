import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ByteRange } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import { MIB } from "../../domain/limits.ts";
import { BlobWorkers } from "./blob-workers.ts";
import { type Files, nodeFiles, type OpenFile } from "./files.ts";
import { readBlob } from "./read-blob.ts";
import { ReadBuffers } from "./read-buffers.ts";
import { SlotPool } from "./slot-pool.ts";

const BYTES = Buffer.alloc(4 * MIB + 5, "a tile of 31 bytes, so no MiB is like another");
const BLOB_ID = "0".repeat(32) as BlobId;

/** A file of `BYTES` that remembers what was done with it, and may hand out less than asked for. */
class WatchedFile implements OpenFile {
  readonly fd = -1;
  readonly reads: ByteRange[] = [];
  readonly buffers = new Set<ArrayBufferLike>();
  closes = 0;
  readonly #readMax: number;
  #reading = 0;

  constructor(readMax = Number.POSITIVE_INFINITY) {
    this.#readMax = readMax;
  }

  async read(target: Uint8Array, offset: number, length: number, position: number) {
    assert.equal(this.closes, 0, "a closed file was read");
    this.#reading += 1;
    this.buffers.add(target.buffer);
    await new Promise((resolve) => setImmediate(resolve));
    const bytes = BYTES.subarray(position, position + Math.min(length, this.#readMax));
    target.set(bytes, offset);
    this.reads.push({ start: position, endExclusive: position + bytes.length });
    this.#reading -= 1;
    return { bytesRead: bytes.length };
  }

  async stat() {
    return { size: BYTES.length };
  }

  async close() {
    this.closes += 1;
  }

  get isReading(): boolean {
    return this.#reading > 0;
  }

  write(): never {
    throw new Error("a file that is read was written");
  }
  readonly writeFile = this.write;
  readonly sync = this.write;
}

/** Threads are needed for encrypted blobs only. */
const workers = new BlobWorkers({
  count: 0,
  slots: new SlotPool(MIB),
  accelerate: false,
  logger: { debug() {}, info() {}, warn() {}, error() {} },
});

function open(file: WatchedFile, start: number, endExclusive: number, buffers = new ReadBuffers()) {
  const files: Files = { ...nodeFiles, open: async () => file };
  const range = { start, endExclusive };
  return readBlob({
    blobId: BLOB_ID,
    path: "blob",
    files,
    range,
    encryption: undefined,
    workers,
    buffers,
  });
}

async function readThrough(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks) {
    // What is read does not matter.
  }
}

describe("reading a range of a blob", () => {
  it("gives its bytes, and reads no other and none twice", async () => {
    const position = fc.oneof(
      fc.integer({ min: 0, max: BYTES.length }),
      fc.constantFrom(0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, BYTES.length - 1, BYTES.length),
    );
    const readMax = fc.constantFrom(100_000, MIB);
    await fc.assert(
      fc.asyncProperty(position, position, readMax, async (one, other, most) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const file = new WatchedFile(most);
        const chunks: Buffer[] = [];
        for await (const chunk of open(file, start, end)) {
          chunks.push(Buffer.from(chunk));
        }
        assert.ok(Buffer.concat(chunks).equals(BYTES.subarray(start, end)));
        let readTo = start;
        for (const read of file.reads) {
          assert.equal(read.start, readTo);
          readTo = read.endExclusive;
        }
        assert.equal(readTo, end);
        assert.equal(file.closes, 1);
      }),
      { numRuns: 30 },
    );
  });

  it("takes three buffers of 512 KiB, however long the range is", async () => {
    const file = new WatchedFile();
    for await (const chunk of open(file, 0, BYTES.length)) {
      assert.ok(chunk.length <= 512 * 1024);
    }
    assert.equal(file.buffers.size, 3);
  });

  it("takes no more memory than a short range has bytes", async () => {
    const file = new WatchedFile();
    await readThrough(open(file, MIB - 10, MIB + 10));
    assert.deepEqual(
      [...file.buffers].map((buffer) => buffer.byteLength),
      [20],
    );
  });

  it("takes the buffers of a read that has ended, and of none that was broken off", async () => {
    const buffers = new ReadBuffers();
    const first = new WatchedFile();
    await readThrough(open(first, 0, BYTES.length, buffers));
    const second = new WatchedFile();
    await readThrough(open(second, 5, BYTES.length, buffers));
    assert.deepEqual(second.buffers, first.buffers);
    const third = new WatchedFile();
    for await (const _ of open(third, 0, BYTES.length, buffers)) {
      break;
    }
    const fourth = new WatchedFile();
    await readThrough(open(fourth, 0, BYTES.length, buffers));
    assert.ok(fourth.buffers.isDisjointFrom(third.buffers));
  });

  it("keeps a buffer from others until the second chunk after its own was asked for", async () => {
    const buffers = new ReadBuffers();
    const chunks = open(new WatchedFile(), 0, 70 * 1024, buffers);
    const { value: chunk } = await chunks.next();
    await chunks.next();
    const other = buffers.take(70 * 1024);
    assert.notEqual(other.buffer, chunk?.buffer);
    await chunks.next();
    assert.equal(buffers.take(70 * 1024).buffer, chunk?.buffer);
  });

  it("reads one chunk ahead and no further, and closes the file when its consumer leaves", async () => {
    const file = new WatchedFile();
    for await (const chunk of open(file, 0, BYTES.length)) {
      assert.equal(chunk.length, 512 * 1024);
      while (file.isReading) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      break;
    }
    assert.equal(file.reads.length, 2);
    assert.equal(file.closes, 1);
  });
});
