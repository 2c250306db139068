/**
 * Two blob stores as one: every blob is written to both, and read from whichever has the bytes that were uploaded.
 * Damage of one copy is never seen by who reads; whoever repairs it is told (ADR 0014).
 */
import { BlobDamage } from "../../domain/blob.ts";
import type { ByteRange } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import type { BlobPlace } from "../../ports/blob-place.ts";
import type { BlobStore, BlobWriter, StorageSpace } from "../../ports/blob-store.ts";
import { type BlobLeaves, CopyReader } from "./copy-reader.ts";
import { MirroredWriter } from "./mirrored-writer.ts";

/** Blobs of the mirror looked up in the primary at once. */
const LOOKUPS_AT_ONCE = 64;

export interface MirroredBlobsOptions {
  readonly primary: BlobStore;
  readonly mirror: BlobStore;
  /** What the blob's bytes must be; `undefined` for a blob that the metadata do not name. */
  readonly findLeaves: (blobId: BlobId) => Promise<BlobLeaves | undefined>;
  /** Told of a blob one of whose copies is damaged; may be told again and again. */
  readonly suspect: (blobId: BlobId) => void;
}

/** A store that keeps every blob twice. Closing it closes both. */
export function createMirroredBlobs(options: MirroredBlobsOptions): BlobStore {
  return new MirroredBlobs(options);
}

class MirroredBlobs implements BlobStore {
  readonly #primary: BlobStore;
  readonly #mirror: BlobStore;
  readonly #options: MirroredBlobsOptions;
  readonly #reader: CopyReader;

  constructor(options: MirroredBlobsOptions) {
    this.#options = options;
    this.#primary = options.primary;
    this.#mirror = options.mirror;
    this.#reader = new CopyReader(options);
  }

  async openWriter(blobId: BlobId, expectedSizeBytes: number): Promise<BlobWriter> {
    const primary = await this.#primary.openWriter(blobId, expectedSizeBytes);
    try {
      const mirror = await this.#mirror.openWriter(blobId, expectedSizeBytes);
      return new MirroredWriter(blobId, [
        { store: this.#primary, writer: primary },
        { store: this.#mirror, writer: mirror },
      ]);
    } catch (error) {
      await primary.abort();
      throw error;
    }
  }

  read(blobId: BlobId, range: ByteRange): AsyncIterable<Uint8Array> {
    return this.#reader.read(blobId, range);
  }

  hashLeaves(
    blobId: BlobId,
    range: { readonly firstLeaf: number; readonly leafCount: number },
  ): Promise<Uint8Array> {
    return this.#reader.hashLeaves(blobId, range);
  }

  /** The primary's: what is damaged there is read by `read`, from the mirror. */
  findPlace(blobId: BlobId): Promise<BlobPlace | undefined> {
    return this.#primary.findPlace(blobId);
  }

  async findSize(blobId: BlobId): Promise<number | undefined> {
    const [primary, mirror] = await Promise.allSettled([
      this.#primary.findSize(blobId),
      this.#mirror.findSize(blobId),
    ]);
    if (primary.status === "fulfilled" && mirror.status === "fulfilled") {
      return primary.value === mirror.value
        ? primary.value
        : await this.#chooseSize(blobId, [primary.value, mirror.value]);
    }
    const failed = primary.status === "rejected" ? primary.reason : undefined;
    const found = primary.status === "fulfilled" ? primary : mirror;
    if (found.status === "rejected" || (failed !== undefined && !(failed instanceof BlobDamage))) {
      throw failed ?? (found.status === "rejected" ? found.reason : undefined);
    }
    this.#options.suspect(blobId);
    return found.value;
  }

  /** Two lengths: the right one if it is among them. A blob that nothing names may be on its way in or out. */
  async #chooseSize(
    blobId: BlobId,
    sizes: readonly [number | undefined, number | undefined],
  ): Promise<number | undefined> {
    const leaves = await this.#options.findLeaves(blobId);
    if (leaves === undefined) {
      return sizes[0] ?? sizes[1];
    }
    this.#options.suspect(blobId);
    return sizes.includes(leaves.sizeBytes) ? leaves.sizeBytes : (sizes[0] ?? sizes[1]);
  }

  /** The fuller of the two decides how much more there is room for. */
  async describeSpace(): Promise<StorageSpace | undefined> {
    const [primary, mirror] = await Promise.all([
      this.#primary.describeSpace(),
      this.#mirror.describeSpace(),
    ]);
    if (primary === undefined || mirror === undefined) {
      return primary ?? mirror;
    }
    return primary.freeBytes <= mirror.freeBytes ? primary : mirror;
  }

  /** A crash in between leaves one copy, which nothing names: the sweep removes it. */
  async remove(blobId: BlobId): Promise<void> {
    await this.#primary.remove(blobId);
    await this.#mirror.remove(blobId);
  }

  /** What the primary has, then what the mirror alone has. */
  async *list(): AsyncGenerator<readonly BlobId[], void, void> {
    yield* this.#primary.list();
    for await (const batch of this.#mirror.list()) {
      const alone: BlobId[] = [];
      for (let start = 0; start < batch.length; start += LOOKUPS_AT_ONCE) {
        const chunk = batch.slice(start, start + LOOKUPS_AT_ONCE);
        const sizes = await Promise.all(chunk.map((blobId) => this.#findPrimarySize(blobId)));
        alone.push(...chunk.filter((_, index) => sizes[index] === undefined));
      }
      if (alone.length > 0) {
        yield alone;
      }
    }
  }

  /** An unreadable file is there. */
  async #findPrimarySize(blobId: BlobId): Promise<number | undefined> {
    try {
      return await this.#primary.findSize(blobId);
    } catch (error) {
      if (error instanceof BlobDamage) {
        return 0;
      }
      throw error;
    }
  }

  /** A blob that was begun leaves a file in both; it is counted once. */
  async sweepTemporary(): Promise<number> {
    const [primary, mirror] = [
      await this.#primary.sweepTemporary(),
      await this.#mirror.sweepTemporary(),
    ];
    return Math.max(primary, mirror);
  }

  async lastBoot(): Promise<number> {
    return Math.max(await this.#primary.lastBoot(), await this.#mirror.lastBoot());
  }

  /** A crash in between leaves a mirror that is behind, which the next start brings forward. */
  async beginBoot(boot: number): Promise<void> {
    await this.#primary.beginBoot(boot);
    await this.#mirror.beginBoot(boot);
  }

  async close(): Promise<void> {
    await Promise.all([this.#primary.close(), this.#mirror.close()]);
  }
}
