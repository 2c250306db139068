/** Bodies on their way in: from a stream to a committed blob whose hashes are the announced ones. */
import type { BlobId } from "../../domain/ids.ts";
import {
  type IncomingBody,
  type IngestServices,
  type StoredBlob,
  storeBlob,
} from "./store-blob.ts";

export interface Ingest {
  /**
   * Stores `body` as a blob and returns what it is; the bytes are on stable storage under `blobId` then,
   * and no metadata names them yet. Throws what the body throws; `ServiceError` when size or hashes are not the
   * announced ones, or when the storage fails. After an error nothing of the body is kept.
   */
  store(incoming: IncomingBody): Promise<StoredBlob>;
  /** Removes a stored blob whose metadata could not be committed; the collector takes what this misses. */
  discard(blobId: BlobId): Promise<void>;
}

export function createIngest(services: IngestServices): Ingest {
  return {
    store: (incoming) => storeBlob(services, incoming),
    discard: (blobId) => services.blobs.remove(blobId).catch(() => undefined),
  };
}
