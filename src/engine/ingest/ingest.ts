/** Bodies on their way in: from a stream to a blob whose hashes are the announced ones. */
import type { MetadataSession } from "../../ports/metadata-store.ts";
import type { SmallBlob } from "../../ports/small-blobs.ts";
import { createGatheringRoom, gatherSmall } from "./gather-small.ts";
import {
  type IncomingBody,
  type IngestServices,
  type StoredBlob,
  storeBlob,
} from "./store-blob.ts";

export interface Ingest {
  /**
   * Stores `body` as a blob and returns what it is; no metadata names it yet. The bytes are on stable storage under
   * `blobId` then, or are few and become durable in the transaction that calls `keep`. Throws what the body throws;
   * `ServiceError` when size or hashes are not the announced ones, or when the storage fails. After an error nothing
   * of the body is kept.
   */
  store(incoming: IncomingBody): Promise<StoredBlob>;
  /** Called once in the transaction that stores the part naming the blob: keeps the bytes that no file holds. */
  keep(session: Pick<MetadataSession, "smallBlobs">, blob: StoredBlob): Promise<void>;
  /** The row of a blob that no file holds, to be stored in the transaction in which this is called; see `keep`. */
  findRow(blob: StoredBlob): SmallBlob | undefined;
  /** Removes a stored blob whose metadata could not be committed; the collector takes what this misses. */
  discard(blob: StoredBlob): Promise<void>;
}

export function createIngest(services: IngestServices): Ingest {
  const { small, ids, sha256 } = services;
  const room = createGatheringRoom();
  // Sealed within the transaction: whoever rotates keys sees the row, or it is under the new key.
  const findRow = ({ blobId, row }: StoredBlob) =>
    small && row && { blobId, stored: small.seal(blobId, row) };
  return {
    store: async (incoming) => {
      const { sizeBytes } = incoming.expected;
      if (small === undefined || !room.enter(sizeBytes)) {
        return await storeBlob(services, incoming);
      }
      try {
        return await gatherSmall(incoming, { blobId: ids.blobId(), sha256 });
      } finally {
        room.leave(sizeBytes);
      }
    },
    keep: async ({ smallBlobs }, blob) => {
      const row = findRow(blob);
      if (row !== undefined) {
        await smallBlobs.insert(row);
      }
    },
    findRow,
    discard: async ({ blobId, row }) => {
      if (row === undefined) {
        await services.blobs.remove(blobId).catch(() => undefined);
      }
    },
  };
}
