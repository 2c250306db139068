import type { BlobId } from "../domain/ids.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import type { Services } from "./handler.ts";

/**
 * Runs the transaction that gives a stored blob its meaning. When it fails, nothing refers to the blob and
 * it is discarded; should that fail as well, the sweep of leftovers removes it. Rethrows what the
 * transaction threw.
 */
export async function commitBlob<T>(
  services: Services,
  blobId: BlobId,
  run: (session: MetadataSession) => Promise<T>,
): Promise<T> {
  try {
    return await services.metadata.transaction(run);
  } catch (error) {
    await discardUnlessKnown(services, blobId);
    throw error;
  }
}

/**
 * A database may report a failure for a commit that it did make, a lost connection for one. The metadata
 * is therefore asked once more: bytes that it knows are never removed here.
 */
async function discardUnlessKnown(services: Services, blobId: BlobId): Promise<void> {
  try {
    const known = await services.metadata.manifests.findKnownBlobs([blobId]);
    if (!known.has(blobId)) {
      await services.ingest.discard(blobId);
    }
  } catch (error) {
    services.logger.warn({ err: error, blobId }, "a blob without meaning is left to the sweep");
  }
}
