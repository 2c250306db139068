/** The contract of `SmallBlobStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { BlobId } from "../../src/domain/ids.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import { buildPart, type IdBuilder } from "../support/metadata-builders.ts";
import { declareTests, type OpenMetadata } from "./metadata-store-harness.ts";

async function addRows(store: MetadataStore, ids: IdBuilder, count: number): Promise<BlobId[]> {
  const blobIds: BlobId[] = [];
  for (let index = 0; index < count; index += 1) {
    const blobId = ids.blobId();
    await store.smallBlobs.insert({ blobId, stored: Uint8Array.of(index, 2, 3) });
    blobIds.push(blobId);
  }
  return blobIds;
}

async function listAllIds(store: MetadataStore): Promise<readonly BlobId[]> {
  const found: BlobId[] = [];
  for (;;) {
    const page = await store.smallBlobs.listIds({ after: found.at(-1), limit: 2 });
    if (page.length === 0) {
      return found;
    }
    found.push(...page);
  }
}

export function describeSmallBlobs(open: OpenMetadata): void {
  describe("small blobs", () => {
    const test = declareTests(open);

    test("gives back what was stored, to the byte and empty ones too", async ({ store, ids }) => {
      for (const stored of [new Uint8Array(0), new Uint8Array(70_000).fill(9)]) {
        const blobId = ids.blobId();
        await store.smallBlobs.insert({ blobId, stored });
        assert.deepEqual(new Uint8Array((await store.smallBlobs.find(blobId)) ?? []), stored);
        assert.ok((await store.smallBlobs.find(blobId)) !== undefined);
      }
      assert.equal(await store.smallBlobs.find(ids.blobId()), undefined);
    });

    test("refuses a second row of the same id", async ({ store, ids }) => {
      const [blobId] = await addRows(store, ids, 1);
      const again = { blobId: blobId as BlobId, stored: Uint8Array.of(9) };
      await assert.rejects(store.smallBlobs.insert(again));
      assert.deepEqual([...((await store.smallBlobs.find(again.blobId)) ?? [])], [0, 2, 3]);
    });

    test("keeps a row only when its transaction is kept", async ({ store, ids }) => {
      const blobId = ids.blobId();
      const failed = store.transaction(async (session) => {
        await session.smallBlobs.insert({ blobId, stored: Uint8Array.of(1) });
        assert.ok((await session.smallBlobs.find(blobId)) !== undefined);
        throw new Error("taken back");
      });
      await assert.rejects(failed, /taken back/);
      assert.equal(await store.smallBlobs.find(blobId), undefined);
    });

    test("replaces and removes a row, and says whether there was one", async ({ store, ids }) => {
      const [blobId = ids.blobId(), other = ids.blobId()] = await addRows(store, ids, 2);
      assert.equal(await store.smallBlobs.replace({ blobId, stored: Uint8Array.of(8) }), true);
      assert.deepEqual([...((await store.smallBlobs.find(blobId)) ?? [])], [8]);
      assert.deepEqual([...((await store.smallBlobs.find(other)) ?? [])], [1, 2, 3]);
      assert.equal(await store.smallBlobs.remove(blobId), true);
      assert.equal(await store.smallBlobs.remove(blobId), false);
      assert.equal(await store.smallBlobs.replace({ blobId, stored: Uint8Array.of(8) }), false);
      assert.deepEqual(await listAllIds(store), [other]);
    });

    test("lists rows in order, page by page", async ({ store, ids }) => {
      const blobIds = await addRows(store, ids, 5);
      assert.deepEqual(await listAllIds(store), blobIds);
      const page = await store.smallBlobs.listPage({ after: blobIds[1], limit: 2 });
      assert.deepEqual(
        page.map(({ blobId, stored }) => [blobId, stored[0]]),
        [
          [blobIds[2], 2],
          [blobIds[3], 3],
        ],
      );
    });

    test("forgets the rows of a removed manifest, and of no other", async ({ store, ids }) => {
      const [garbage, kept] = [ids.manifestId(), ids.manifestId()];
      const rows = await addRows(store, ids, 3);
      for (const [index, blobId] of rows.entries()) {
        const part = buildPart(ids, { blobId, startBytes: index });
        await store.manifests.putPart(index < 2 ? garbage : kept, part, ids.manifestId());
      }
      await store.manifests.remove(garbage);
      assert.equal((await listAllIds(store)).length, 3, "it was no garbage");
      await store.manifests.discard(garbage);
      await store.manifests.remove(garbage);
      assert.deepEqual(await listAllIds(store), rows.slice(2));
    });
  });
}
