/** Blobs in memory, for tests and simulations: nothing survives the process. */
import { hash } from "node:crypto";
import { BlobDamage } from "../../domain/blob.ts";
import { type ByteRange, rangeLength } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import { leafCount } from "../../domain/tree-hash.ts";
import type { BlobDigest, BlobStore, BlobWriter } from "../../ports/blob-store.ts";
import { assert } from "../../std/assert.ts";
import { concatBytes } from "../../std/bytes.ts";

const CHUNK_BYTES = 256 * 1024;

/** What outlives a store: pass it to a second one to play a restart. */
export interface MemoryContents {
  readonly blobs: Map<BlobId, Uint8Array>;
  /** Blobs begun and not committed, as temporary files would be. */
  readonly temporary: Set<BlobId>;
  boot: number;
}

/** Contents of a new store. */
export function emptyContents(): MemoryContents {
  return { blobs: new Map(), temporary: new Set(), boot: 0 };
}

/** A blob store in memory, with hooks that damage what is stored. */
export interface MemoryBlobs extends BlobStore {
  readonly contents: MemoryContents;
  /** Changes the byte at `offset`. */
  corrupt(blobId: BlobId, offset: number): void;
  /** Keeps the first `sizeBytes` only. */
  truncate(blobId: BlobId, sizeBytes: number): void;
  /** Loses the blob. */
  drop(blobId: BlobId): void;
}

/** A store over `contents`. */
export function openMemoryBlobs(contents: MemoryContents = emptyContents()): MemoryBlobs {
  return new ContentsBlobs(contents);
}

class ContentsBlobs implements MemoryBlobs {
  readonly contents: MemoryContents;
  readonly #writers = new Map<BlobId, MemoryWriter>();

  constructor(contents: MemoryContents) {
    this.contents = contents;
  }

  async openWriter(blobId: BlobId, _expectedSizeBytes: number): Promise<BlobWriter> {
    assert(!this.#writers.has(blobId), `blob ${blobId} is being written already`);
    const writer = new MemoryWriter(this.contents, blobId, () => this.#writers.delete(blobId));
    this.#writers.set(blobId, writer);
    this.contents.temporary.add(blobId);
    return writer;
  }

  async *read(blobId: BlobId, range: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    if (this.#get(blobId).length < range.endExclusive) {
      throw new BlobDamage(blobId, "truncated");
    }
    const length = rangeLength(range);
    for (let offset = 0; offset < length; offset += CHUNK_BYTES) {
      const end = Math.min(range.endExclusive, range.start + offset + CHUNK_BYTES);
      yield this.#get(blobId).slice(range.start + offset, end);
    }
  }

  async hashLeaves(
    blobId: BlobId,
    range: { readonly firstLeaf: number; readonly leafCount: number },
  ): Promise<Uint8Array> {
    const blob = this.#get(blobId);
    const { firstLeaf } = range;
    if (range.leafCount > 0 && firstLeaf + range.leafCount > leafCount(blob.length)) {
      throw new BlobDamage(blobId, "truncated");
    }
    return leavesOf(
      blob.subarray(firstLeaf * LEAF_BYTES, (firstLeaf + range.leafCount) * LEAF_BYTES),
      range.leafCount,
    );
  }

  /** Another thread has none of this memory. */
  async findPlace(): Promise<undefined> {
    return undefined;
  }

  async findSize(blobId: BlobId): Promise<number | undefined> {
    return this.contents.blobs.get(blobId)?.length;
  }

  async describeSpace(): Promise<undefined> {
    return undefined;
  }

  async remove(blobId: BlobId): Promise<void> {
    this.contents.blobs.delete(blobId);
  }

  async *list(): AsyncGenerator<readonly BlobId[], void, void> {
    if (this.contents.blobs.size > 0) {
      yield [...this.contents.blobs.keys()];
    }
  }

  async sweepTemporary(): Promise<number> {
    const left = [...this.contents.temporary].filter((blobId) => !this.#writers.has(blobId));
    for (const blobId of left) {
      this.contents.temporary.delete(blobId);
    }
    return left.length;
  }

  async lastBoot(): Promise<number> {
    return this.contents.boot;
  }

  async beginBoot(boot: number): Promise<void> {
    const last = this.contents.boot;
    assert(boot > last, `boot must be higher than the last one, ${last}; got ${boot}`);
    this.contents.boot = boot;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.abort()));
  }

  corrupt(blobId: BlobId, offset: number): void {
    const blob = this.#get(blobId);
    assert(offset < blob.length, `offset must be below ${blob.length}; got ${offset}`);
    blob[offset] = (blob[offset] ?? 0) ^ 1;
  }

  truncate(blobId: BlobId, sizeBytes: number): void {
    this.contents.blobs.set(blobId, this.#get(blobId).slice(0, sizeBytes));
  }

  drop(blobId: BlobId): void {
    this.contents.blobs.delete(blobId);
  }

  #get(blobId: BlobId): Uint8Array {
    const blob = this.contents.blobs.get(blobId);
    if (blob === undefined) {
      throw new BlobDamage(blobId, "missing");
    }
    return blob;
  }
}

type Phase = "writing" | "finished" | "committed" | "aborted";

class MemoryWriter implements BlobWriter {
  readonly #contents: MemoryContents;
  readonly #blobId: BlobId;
  readonly #ended: () => void;
  #chunks: Uint8Array[] = [];
  #phase: Phase = "writing";

  constructor(contents: MemoryContents, blobId: BlobId, ended: () => void) {
    this.#contents = contents;
    this.#blobId = blobId;
    this.#ended = ended;
  }

  write(chunk: Uint8Array): undefined {
    this.#expectPhase("writing");
    // Not `slice`: that of a Buffer does not copy.
    this.#chunks.push(new Uint8Array(chunk));
  }

  async finish(): Promise<BlobDigest> {
    this.#expectPhase("writing");
    this.#phase = "finished";
    const bytes = concatBytes(this.#chunks);
    this.#chunks = [bytes];
    return {
      sizeBytes: bytes.length,
      sha256: hash("sha256", bytes, "hex"),
      leaves: leavesOf(bytes, leafCount(bytes.length)),
    };
  }

  async commit(): Promise<void> {
    this.#expectPhase("finished");
    this.#end("committed");
    this.#contents.blobs.set(this.#blobId, concatBytes(this.#chunks));
  }

  async abort(): Promise<void> {
    if (this.#phase === "writing" || this.#phase === "finished") {
      this.#end("aborted");
      this.#chunks = [];
    }
  }

  #end(phase: Phase): void {
    this.#phase = phase;
    this.#contents.temporary.delete(this.#blobId);
    this.#ended();
  }

  #expectPhase(phase: Phase): void {
    assert(this.#phase === phase, `blob ${this.#blobId} must be ${phase}; is ${this.#phase}`);
  }
}

function leavesOf(bytes: Uint8Array, count: number): Uint8Array {
  const leaves = new Uint8Array(count * DIGEST_BYTES);
  for (let leaf = 0; leaf < count; leaf += 1) {
    const piece = bytes.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
    leaves.set(hash("sha256", piece, "buffer"), leaf * DIGEST_BYTES);
  }
  return leaves;
}
