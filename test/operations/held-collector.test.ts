import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collectGarbage } from "../../src/engine/maintenance/collect-garbage.ts";
import { createCollectionHold } from "../../src/engine/maintenance/collection-hold.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { openOperationWorld } from "../support/operation-world.ts";
import { makePayload } from "../support/payload.ts";

describe("the collector under a hold", () => {
  it("removes nothing while it is held, also when the hold begins between two removals", async () => {
    const world = await openOperationWorld();
    const hold = createCollectionHold();
    const signal = new AbortController().signal;
    for (const seed of [1, 2, 3]) {
      const archiveId = await world.uploadArchive(makePayload(10, seed));
      await world.perform.DeleteArchive({ archiveId });
    }
    const { blobs, metadata } = world;
    const remove = blobs.remove.bind(blobs);
    let release: (() => void) | undefined;
    blobs.remove = async (blobId) => {
      await remove(blobId);
      void hold.acquire().then((held) => {
        release = held;
      });
    };
    const stores = { metadata, blobs, logger: silentLogger, hold };
    assert.equal(await collectGarbage(stores, signal), 1);
    assert.equal(await collectGarbage(stores, signal), 0);
    assert.equal(blobs.contents.blobs.size, 2);
    release?.();
    blobs.remove = remove;
    assert.equal(await collectGarbage(stores, signal), 2);
    await world.close();
  });
});
