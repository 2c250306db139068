/**
 * Puts the data keys of all rows under the current master key. Each page is one transaction, which sees every row
 * that was committed before; a row that comes later was sealed in a transaction of its own, under the current key.
 */
import type { BlobId } from "../../domain/ids.ts";
import type { RewrapSums } from "../../ports/key-rotation.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataSession, MetadataStore } from "../../ports/metadata-store.ts";
import type { SmallBlobForm } from "../../ports/small-blobs.ts";

/** Rows in one transaction, which holds up all others meanwhile. */
const ROWS_PER_TRANSACTION = 100;

export interface RewrapRowsOptions {
  readonly metadata: Pick<MetadataStore, "transaction">;
  readonly form: SmallBlobForm;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** What was done before, which the sums go on from. */
  readonly done: RewrapSums;
  readonly progress: (sums: RewrapSums) => Promise<void>;
}

/** See `KeyRotation.rewrap`. */
export async function rewrapRows(options: RewrapRowsOptions): Promise<RewrapSums> {
  const { metadata, signal, progress } = options;
  let sums = options.done;
  let after: BlobId | undefined;
  for (;;) {
    signal.throwIfAborted();
    const page = await metadata.transaction((session) => rewrapPage(options, session, after));
    if (page.last === undefined) {
      return sums;
    }
    sums = {
      rewrapped: sums.rewrapped + page.rewrapped,
      damaged: sums.damaged + page.damaged,
    };
    after = page.last;
    await progress(sums);
  }
}

async function rewrapPage(
  { form, logger }: RewrapRowsOptions,
  { smallBlobs }: Pick<MetadataSession, "smallBlobs">,
  after: BlobId | undefined,
) {
  const rows = await smallBlobs.listPage({ after, limit: ROWS_PER_TRANSACTION });
  const sums = { rewrapped: 0, damaged: 0 };
  for (const { blobId, stored } of rows) {
    const outcome = await form.rewrap(blobId, stored);
    if (outcome === "damaged") {
      logger.error({ blobId }, "the data key of a blob can't be opened");
      sums.damaged += 1;
    } else if (typeof outcome === "object") {
      await smallBlobs.replace({ blobId, stored: outcome.stored });
      sums.rewrapped += 1;
    }
  }
  return { ...sums, last: rows.at(-1)?.blobId };
}
