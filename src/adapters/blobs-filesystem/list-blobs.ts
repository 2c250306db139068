/** Walks the folders of a blob store: what is committed, and what was left in `tmp`. */
import { join } from "node:path";
import type { BlobId } from "../../domain/ids.ts";
import { removeFile } from "./filesystem-writer.ts";
import { findBlobId, type Layout, shardNames } from "./layout.ts";

const BATCH_MAX_IDS = 1_000;

/** Ids of all committed blobs, at most 1 000 at a time; files with other names are passed over. */
export async function* listBlobs(layout: Layout): AsyncGenerator<readonly BlobId[], void, void> {
  for (const shard of shardNames()) {
    let batch: BlobId[] = [];
    const entries = await layout.files.opendir(join(layout.data, shard), {
      bufferSize: BATCH_MAX_IDS,
    });
    for await (const entry of entries) {
      const blobId = findBlobId(entry.name);
      if (blobId !== undefined) {
        batch.push(blobId);
      }
      if (batch.length === BATCH_MAX_IDS) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) {
      yield batch;
    }
  }
}

/** Removes the files in `tmp` that `isOpen` does not claim; returns how many. */
export async function sweepTemporaryFiles(
  layout: Layout,
  isOpen: (name: string) => boolean,
): Promise<number> {
  let removed = 0;
  for (const name of await layout.files.readdir(layout.temporary)) {
    if (!isOpen(name)) {
      await removeFile(layout.files, join(layout.temporary, name));
      removed += 1;
    }
  }
  return removed;
}
