/** Reads a blob from two copies, each MiB from one that has it as it was uploaded. */
import { BlobDamage } from "../../domain/blob.ts";
import type { ByteRange } from "../../domain/byte-range.ts";
import type { BlobId } from "../../domain/ids.ts";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import { concatBytes, equalBytes } from "../../std/bytes.ts";

/** Leaves verified before they are read: 16 MiB. */
const SLICE_LEAVES = 16;
/** Blobs whose leaves are kept in memory: at most 128 KiB each, and immutable. */
const LEAVES_KEPT = 16;

/** What the bytes of a blob must be: its length, and SHA-256 of each MiB. */
export interface BlobLeaves {
  readonly sizeBytes: number;
  readonly leaves: Uint8Array;
}

interface LeafRange {
  readonly firstLeaf: number;
  readonly leafCount: number;
}

type Copy = Pick<BlobStore, "read" | "hashLeaves">;

/** What a copy answered, or the damage that it met. */
type Answer =
  | { readonly hashed: Uint8Array; readonly damage?: undefined }
  | { readonly hashed?: undefined; readonly damage: BlobDamage };

export interface CopyReaderOptions {
  readonly primary: Copy;
  readonly mirror: Copy;
  readonly findLeaves: (blobId: BlobId) => Promise<BlobLeaves | undefined>;
  readonly suspect: (blobId: BlobId) => void;
}

export class CopyReader {
  readonly #options: CopyReaderOptions;
  readonly #kept = new Map<BlobId, BlobLeaves>();

  constructor(options: CopyReaderOptions) {
    this.#options = options;
  }

  /** See `BlobStore.hashLeaves`: of sound bytes where a copy has them, else of those of the primary. */
  async hashLeaves(blobId: BlobId, range: LeafRange): Promise<Uint8Array> {
    const { primary, mirror } = this.#options;
    const expected = await this.#findExpected(blobId, range);
    const first = await ask(primary, blobId, range);
    if (
      first.hashed !== undefined &&
      (expected === undefined || equalBytes(first.hashed, expected))
    ) {
      return first.hashed;
    }
    if (expected !== undefined) {
      this.#options.suspect(blobId);
    }
    const second = await ask(mirror, blobId, range);
    if (
      second.hashed !== undefined &&
      (expected === undefined || equalBytes(second.hashed, expected))
    ) {
      return second.hashed;
    }
    if (range.leafCount > 1 && expected !== undefined) {
      return await this.#hashOneByOne(blobId, range);
    }
    if (first.hashed === undefined && second.hashed === undefined) {
      throw first.damage;
    }
    return first.hashed ?? second.hashed ?? new Uint8Array(0);
  }

  /**
   * See `BlobStore.read`. Every MiB is hashed on the storage's threads before it is read: from the primary if it is
   * sound there, else from the mirror; one that is sound nowhere is given as the primary has it, as one store alone
   * would.
   */
  async *read(blobId: BlobId, range: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    const known = await this.#findLeaves(blobId);
    if (known === undefined || range.endExclusive > known.sizeBytes || isEmpty(range)) {
      yield* this.#readEither(blobId, range);
      return;
    }
    let start = range.start;
    while (start < range.endExclusive) {
      const firstLeaf = Math.floor(start / LEAF_BYTES);
      const endLeaf = Math.min(
        firstLeaf + SLICE_LEAVES,
        Math.ceil(range.endExclusive / LEAF_BYTES),
      );
      const slice = { firstLeaf, leafCount: endLeaf - firstLeaf };
      for (const run of await this.#chooseCopies(blobId, slice)) {
        const runEnd = (run.firstLeaf + run.leafCount) * LEAF_BYTES;
        const endExclusive = Math.min(runEnd, range.endExclusive);
        yield* run.copy === undefined
          ? this.#readEither(blobId, { start, endExclusive })
          : run.copy.read(blobId, { start, endExclusive });
        start = endExclusive;
      }
    }
  }

  /** Which copy has these leaves sound; `undefined` where none has. */
  async #chooseCopies(
    blobId: BlobId,
    slice: LeafRange,
  ): Promise<readonly (LeafRange & { readonly copy: Copy | undefined })[]> {
    const expected = await this.#findExpected(blobId, slice);
    for (const copy of [this.#options.primary, this.#options.mirror]) {
      const { hashed } = await ask(copy, blobId, slice);
      if (hashed !== undefined && expected !== undefined && equalBytes(hashed, expected)) {
        return [{ ...slice, copy }];
      }
      this.#options.suspect(blobId);
    }
    if (slice.leafCount === 1) {
      return [{ ...slice, copy: undefined }];
    }
    const chosen = [];
    for (const leaf of eachLeaf(slice)) {
      chosen.push(...(await this.#chooseCopies(blobId, leaf)));
    }
    return chosen;
  }

  /** For bytes that can't be verified: the primary's, unless it says itself that they are damaged. */
  async *#readEither(
    blobId: BlobId,
    { start, endExclusive }: ByteRange,
  ): AsyncGenerator<Uint8Array, void, void> {
    const { primary, mirror } = this.#options;
    let given = start;
    let damage: BlobDamage;
    try {
      for await (const chunk of primary.read(blobId, { start, endExclusive })) {
        given += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      damage = orThrow(error);
    }
    try {
      yield* mirror.read(blobId, { start: given, endExclusive });
    } catch (error) {
      orThrow(error);
      throw damage;
    }
  }

  async #hashOneByOne(blobId: BlobId, range: LeafRange): Promise<Uint8Array> {
    const digests: Uint8Array[] = [];
    for (const leaf of eachLeaf(range)) {
      digests.push(await this.hashLeaves(blobId, leaf));
    }
    return concatBytes(digests);
  }

  /** `undefined` when it is not known what these leaves must be. */
  async #findExpected(blobId: BlobId, range: LeafRange): Promise<Uint8Array | undefined> {
    const known = await this.#findLeaves(blobId);
    const from = range.firstLeaf * DIGEST_BYTES;
    const expected = known?.leaves.subarray(from, from + range.leafCount * DIGEST_BYTES);
    return expected?.length === range.leafCount * DIGEST_BYTES ? expected : undefined;
  }

  async #findLeaves(blobId: BlobId): Promise<BlobLeaves | undefined> {
    const kept = this.#kept.get(blobId);
    if (kept !== undefined) {
      return kept;
    }
    const found = await this.#options.findLeaves(blobId);
    if (found !== undefined) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined && this.#kept.size >= LEAVES_KEPT) {
        this.#kept.delete(oldest);
      }
      this.#kept.set(blobId, found);
    }
    return found;
  }
}

async function ask(copy: Copy, blobId: BlobId, range: LeafRange): Promise<Answer> {
  try {
    return { hashed: await copy.hashLeaves(blobId, range) };
  } catch (error) {
    return { damage: orThrow(error) };
  }
}

/** Only damage is a reason to ask the other copy; a shortage of the process is none. */
function orThrow(error: unknown): BlobDamage {
  if (error instanceof BlobDamage) {
    return error;
  }
  throw error;
}

function eachLeaf({ firstLeaf, leafCount }: LeafRange): readonly LeafRange[] {
  return Array.from({ length: leafCount }, (_, index) => ({
    firstLeaf: firstLeaf + index,
    leafCount: 1,
  }));
}

function isEmpty(range: ByteRange): boolean {
  return range.start === range.endExclusive;
}
