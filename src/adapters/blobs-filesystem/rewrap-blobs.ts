/** Puts the data keys of all stored blobs under the current master key. */
import type { BlobId } from "../../domain/ids.ts";
import type { RewrapSums } from "../../ports/key-rotation.ts";
import type { Logger } from "../../ports/logger.ts";
import type { BlobEncryption } from "./blob-cipher.ts";
import { isBeyondKeys } from "./blob-errors.ts";
import { blobPath, type Layout, rewrapPath } from "./layout.ts";
import { listBlobs } from "./list-blobs.ts";
import { rewrapFile } from "./rewrap-blob.ts";

const BLOBS_AT_ONCE = 8;

export interface RewrapOptions {
  readonly layout: Layout;
  readonly encryption: BlobEncryption;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly progress: (sums: RewrapSums) => Promise<void>;
}

/** See `KeyRotation.rewrap`. A blob that is removed meanwhile needs nothing. */
export async function rewrapBlobs(options: RewrapOptions): Promise<RewrapSums> {
  const { layout, signal, progress } = options;
  let sums: RewrapSums = { rewrapped: 0, damaged: 0 };
  for await (const batch of listBlobs(layout)) {
    for (let index = 0; index < batch.length; index += BLOBS_AT_ONCE) {
      signal.throwIfAborted();
      const blobIds = batch.slice(index, index + BLOBS_AT_ONCE);
      const outcomes = await Promise.all(blobIds.map((blobId) => rewrapBlob(blobId, options)));
      const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
      sums = {
        rewrapped: sums.rewrapped + count("rewrapped"),
        damaged: sums.damaged + count("damaged"),
      };
    }
    await progress(sums);
  }
  return sums;
}

async function rewrapBlob(blobId: BlobId, { layout, encryption, logger }: RewrapOptions) {
  try {
    const path = blobPath(layout, blobId);
    return await rewrapFile({ path, blobId, copyPath: rewrapPath(layout, blobId) }, encryption);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return "gone";
    }
    if (isBeyondKeys(error)) {
      logger.error({ err: error, blobId }, "the data key of a blob can't be opened");
      return "damaged";
    }
    throw error;
  }
}
