import { emptyContents, openMemoryBlobs } from "../../src/adapters/blobs-memory/memory-blobs.ts";
import { blobStoreSuite } from "./blob-store.suite.ts";

blobStoreSuite("memory", async () => {
  const contents = emptyContents();
  const damaging = openMemoryBlobs(contents);
  return {
    open: async () => openMemoryBlobs(contents),
    flipByte: async (blobId, offset) => damaging.corrupt(blobId, offset),
    truncate: async (blobId, sizeBytes) => damaging.truncate(blobId, sizeBytes),
    lose: async (blobId) => damaging.drop(blobId),
    dispose: async () => undefined,
  };
});
