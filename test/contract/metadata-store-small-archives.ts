/** The contract of `SmallArchiveStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { parseHex } from "../../src/std/bytes.ts";
import { addArchive, buildSmallArchive, NOW_MS } from "../support/metadata-builders.ts";
import { declareTests, type OpenMetadata } from "./metadata-store-harness.ts";

export function describeSmallArchives(open: OpenMetadata): void {
  describe("small archives", () => {
    const test = declareTests(open);

    test("adds an archive with part, blob and counters", async ({ store, ids, vault }) => {
      const small = buildSmallArchive(ids, { description: "für später 🗄", inventoryDueAtMs: 99 });
      await store.smallArchives.add(vault.vaultId, (found) => {
        assert.deepEqual(found, vault);
        return small;
      });
      const { archiveId, manifestId, blobId, hash, sizeBytes } = small;
      assert.deepEqual(await store.archives.find(archiveId), {
        ...{ archiveId, manifestId, sizeBytes, vaultId: vault.vaultId },
        createdAtMs: NOW_MS,
        createdSequence: 1,
        treeHash: hash,
        sha256: hash,
        description: small.description,
        deletedSequence: undefined,
      });
      const [part, ...others] = await store.manifests.listPartsInRange(
        manifestId,
        { start: 0, endExclusive: 3 },
        10,
      );
      assert.deepEqual(others, []);
      assert.deepEqual(
        { ...part, leaves: new Uint8Array(part!.leaves) },
        { startBytes: 0, sizeBytes, treeHash: hash, blobId, leaves: parseHex(hash) },
      );
      assert.deepEqual([...((await store.smallBlobs.find(blobId)) ?? [])], [1, 2, 3]);
      const counted = await store.vaults.get(vault.vaultId);
      assert.equal(counted?.archiveCount, 1);
      assert.equal(counted?.archiveBytes, 3n);
      assert.equal(counted?.changeSequence, 1);
      assert.equal(counted?.inventoryDueAtMs, 99);
    });

    test("gives each of many its own sequence, beside transactions", async (parts) => {
      const { store, ids, vault, reopen } = parts;
      const small = Array.from({ length: 150 }, (_, index) =>
        buildSmallArchive(ids, { sizeBytes: index, stored: new Uint8Array(index).fill(index) }),
      );
      const { vaultId } = vault;
      const additions = small.flatMap((archive, index) => {
        const added = store.smallArchives.add(vaultId, () => archive);
        const isOther = index % 10 === 0;
        return isOther
          ? [added, store.transaction((session) => addArchive(session, ids, { vaultId }))]
          : [added];
      });
      await Promise.all(additions);
      const after = (await reopen?.()) ?? store;
      const archives = await Promise.all(
        small.map(({ archiveId }) => after.archives.find(archiveId)),
      );
      assert.deepEqual(
        archives.map((archive) => archive?.sizeBytes),
        small.map(({ sizeBytes }) => sizeBytes),
      );
      assert.equal(new Set(archives.map((archive) => archive?.createdSequence)).size, 150);
      const counted = await after.vaults.get(vaultId);
      assert.equal(counted?.changeSequence, 165);
      assert.equal(counted?.archiveCount, 165);
      for (const { blobId, stored } of small) {
        assert.deepEqual(new Uint8Array((await after.smallBlobs.find(blobId)) ?? []), stored);
      }
    });

    test("adds nothing where it is refused, and the others all the same", async (parts) => {
      const { store, ids, vault } = parts;
      const small = [1, 2, 3].map(() => buildSmallArchive(ids));
      const refusal = new Error("not allowed");
      const results = await Promise.allSettled(
        small.map((archive, index) =>
          store.smallArchives.add(index === 2 ? 4711 : vault.vaultId, (found) => {
            if (index > 0) {
              assert.equal(found === undefined, index === 2);
              throw refusal;
            }
            return archive;
          }),
        ),
      );
      assert.deepEqual(results, [
        { status: "fulfilled", value: undefined },
        { status: "rejected", reason: refusal },
        { status: "rejected", reason: refusal },
      ]);
      const found = await Promise.all(small.map(({ archiveId }) => store.archives.find(archiveId)));
      assert.deepEqual(
        found.map((archive) => archive !== undefined),
        [true, false, false],
      );
      const counted = await store.vaults.get(vault.vaultId);
      assert.equal(counted?.changeSequence, 1);
    });

    test("stores nothing of an archive whose row can't be added", async (parts) => {
      const { store, ids, vault } = parts;
      const first = buildSmallArchive(ids);
      await store.smallArchives.add(vault.vaultId, () => first);
      const again = buildSmallArchive(ids, { blobId: first.blobId });
      const failed = store.smallArchives.add(vault.vaultId, () => again);
      await assert.rejects(failed, { code: "ERR_SQLITE_ERROR" });
      assert.equal(await store.archives.find(again.archiveId), undefined);
      assert.equal((await store.vaults.get(vault.vaultId))?.archiveCount, 1);
      await store.smallArchives.add(vault.vaultId, () => buildSmallArchive(ids));
    });

    test("is no part of a transaction", async ({ store, ids, vault }) => {
      const nested = store.transaction(async () => {
        await store.smallArchives.add(vault.vaultId, () => buildSmallArchive(ids));
      });
      await assert.rejects(nested, /do not nest/);
    });
  });
}
