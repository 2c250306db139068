import type { StoredBlob } from "../engine/ingest/store-blob.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import type { Services } from "./handler.ts";

/**
 * Runs the transaction that gives a stored blob its meaning, and that makes a small one durable. When it fails,
 * nothing refers to the blob and it is discarded; should that fail as well, the sweep of leftovers removes it.
 * Rethrows what the transaction threw.
 */
export async function commitBlob<T>(
  services: Services,
  blob: StoredBlob,
  run: (session: MetadataSession) => Promise<T>,
): Promise<T> {
  try {
    return await services.metadata.transaction(async (session) => {
      const result = await run(session);
      await services.ingest.keep(session, blob);
      return result;
    });
  } catch (error) {
    await discardUnlessKnown(services, blob);
    throw error;
  }
}

/**
 * A database may report a failure for a commit that it did make, a lost connection for one. The metadata
 * is therefore asked once more: bytes that it knows are never removed here.
 */
async function discardUnlessKnown(services: Services, blob: StoredBlob): Promise<void> {
  const { blobId } = blob;
  try {
    const known = await services.metadata.manifests.findKnownBlobs([blobId]);
    if (!known.has(blobId)) {
      await services.ingest.discard(blob);
    }
  } catch (error) {
    services.logger.warn({ err: error, blobId }, "a blob without meaning is left to the sweep");
  }
}
