/**
 * Writes a blob to both stores. Both have it on stable storage before `finish` resolves, and show it before `commit`
 * does; a failure of either is a failure. A crash between the two commits leaves a blob in one of them that no
 * metadata name: the sweep removes it.
 */
import type { BlobId } from "../../domain/ids.ts";
import type { BlobDigest, BlobStore, BlobWriter } from "../../ports/blob-store.ts";
import { equalBytes } from "../../std/bytes.ts";

interface Side {
  readonly store: Pick<BlobStore, "remove">;
  readonly writer: BlobWriter;
}

export class MirroredWriter implements BlobWriter {
  readonly #blobId: BlobId;
  readonly #sides: readonly [Side, Side];
  /** Sides whose commit has resolved while the other's has not. */
  readonly #committed = new Set<Side>();
  #isCommitted = false;
  #committing: Promise<unknown> = Promise.resolve();

  constructor(blobId: BlobId, sides: readonly [Side, Side]) {
    this.#blobId = blobId;
    this.#sides = sides;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    const [primary, mirror] = this.#sides;
    const first = primary.writer.write(chunk);
    let second: Promise<void> | undefined;
    try {
      second = mirror.writer.write(chunk);
    } catch (error) {
      // The other one's promise must not be left without anybody who hears of its failure.
      first?.catch(() => undefined);
      throw error;
    }
    return first === undefined || second === undefined
      ? (first ?? second)
      : both(first, second).then(() => undefined);
  }

  async finish(): Promise<BlobDigest> {
    const [primary, mirror] = this.#sides;
    const [digest, other] = await both(primary.writer.finish(), mirror.writer.finish());
    if (digest.sizeBytes !== other.sizeBytes || !equalBytes(digest.leaves, other.leaves)) {
      throw new Error(`blob ${this.#blobId} was written differently to its two copies`);
    }
    return digest;
  }

  async commit(): Promise<void> {
    const [primary, mirror] = this.#sides;
    const committing = both(this.#commitSide(primary), this.#commitSide(mirror));
    this.#committing = committing.catch(() => undefined);
    await committing;
    this.#isCommitted = true;
  }

  async #commitSide(side: Side): Promise<void> {
    await side.writer.commit();
    this.#committed.add(side);
  }

  /** Takes a copy back whose other half could not be committed. */
  async abort(): Promise<void> {
    const aborted = Promise.all(this.#sides.map(({ writer }) => writer.abort()));
    await this.#committing;
    await aborted;
    if (!this.#isCommitted) {
      await Promise.all([...this.#committed].map(({ store }) => store.remove(this.#blobId)));
      this.#committed.clear();
    }
  }
}

/** Waits for both, also when one fails: nobody may go on while the other is still at work. */
async function both<First, Second>(
  first: Promise<First>,
  second: Promise<Second>,
): Promise<[First, Second]> {
  await Promise.allSettled([first, second]);
  return await Promise.all([first, second]);
}
