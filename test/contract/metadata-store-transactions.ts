/** Contract of transactions, of calls outside them, and of closing. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { MetadataSession } from "../../src/ports/metadata-store.ts";
import { AssertionError } from "../../src/std/assert.ts";
import { addArchive, buildArchive, buildVaultKey, NOW_MS } from "../support/metadata-builders.ts";
import { declareTests, type OpenMetadata } from "./metadata-store-harness.ts";

export function describeTransactions(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("transactions", () => {
    test("resolve with what the function returned", async ({ store }) => {
      assert.equal(await store.transaction(async () => 42), 42);
    });

    test("see their own changes", async ({ store, ids, vault }) => {
      await store.transaction(async (session) => {
        const archive = await addArchive(session, ids, { vaultId: vault.vaultId });
        assert.deepEqual(await session.archives.find(archive.archiveId), archive);
        assert.equal((await session.vaults.lock(vault.vaultId))?.archiveCount, 1);
      });
    });

    test("rethrow the function's error and change nothing", async ({ store, ids, vault }) => {
      const failure = new Error("the caller changed its mind");
      const archive = buildArchive(ids, { vaultId: vault.vaultId });
      const rejected = store.transaction(async (session) => {
        await session.archives.insert(archive);
        throw failure;
      });
      await assert.rejects(rejected, failure);
      assert.equal(await store.archives.find(archive.archiveId), undefined);
    });

    test("that fail leave those running beside them alone", async ({ store, ids, vault }) => {
      const results = await Promise.allSettled(
        Array.from({ length: 30 }, (_, index) =>
          store.transaction(async (session) => {
            const archive = await addArchive(session, ids, { vaultId: vault.vaultId });
            if (index % 3 === 0) {
              throw new Error(`no ${index}`);
            }
            return archive;
          }),
        ),
      );
      for (const [index, result] of results.entries()) {
        if (result.status === "rejected") {
          assert.equal(result.reason.message, `no ${index}`);
        } else {
          assert.deepEqual(await store.archives.find(result.value.archiveId), result.value);
        }
      }
      assert.equal(results.filter((result) => result.status === "fulfilled").length, 20);
      assert.equal((await store.vaults.get(vault.vaultId))?.archiveCount, 20);
    });

    test("that violate a constraint leave those running beside them alone", async ({ store }) => {
      const insert = (vaultName: string) =>
        store.vaults.insert({ ...buildVaultKey(vaultName), createdAtMs: NOW_MS });
      const results = await Promise.allSettled([insert("a"), insert("photos"), insert("b")]);
      assert.deepEqual(
        results.map((result) => result.status),
        ["fulfilled", "rejected", "fulfilled"],
      );
    });

    test("running in parallel lose no update", async ({ store, ids, vault }) => {
      await Promise.all(
        Array.from({ length: 200 }, () =>
          store.transaction((session) => addArchive(session, ids, { vaultId: vault.vaultId })),
        ),
      );
      const after = await store.vaults.get(vault.vaultId);
      assert.equal(after?.archiveCount, 200);
      assert.equal(after?.changeSequence, 200);
    });

    test("are invisible from outside until they have committed", async ({ store, ids, vault }) => {
      const archive = buildArchive(ids, { vaultId: vault.vaultId });
      const insertedSignal = Promise.withResolvers<void>();
      const releaseSignal = Promise.withResolvers<void>();
      let committed = false;
      const transaction = store
        .transaction(async (session) => {
          await session.archives.insert(archive);
          insertedSignal.resolve();
          await releaseSignal.promise;
        })
        .then(() => {
          committed = true;
        });
      await insertedSignal.promise;
      const seen = store.archives.find(archive.archiveId).then((found) => ({ found, committed }));
      setTimeout(releaseSignal.resolve, 5);
      const { found, committed: afterCommit } = await seen;
      assert.equal(found !== undefined, afterCommit);
      await transaction;
      assert.notEqual(await store.archives.find(archive.archiveId), undefined);
    });

    test("do not nest", async ({ store }) => {
      const nested = store.transaction(() => store.transaction(async () => 1));
      await assert.rejects(nested, AssertionError);
    });

    test("refuse calls of the store beside their session", async ({ store, vault }) => {
      const call = store.transaction(() => store.vaults.get(vault.vaultId));
      await assert.rejects(call, AssertionError);
    });

    test("end their session", async ({ store, vault }) => {
      let leaked: MetadataSession | undefined;
      await store.transaction(async (session) => {
        leaked = session;
      });
      await assert.rejects(async () => leaked?.vaults.get(vault.vaultId), AssertionError);
    });

    test("are needed for locks and counters", async ({ store, vault, ids }) => {
      const change = { archiveCount: 1, archiveBytes: 1, inventoryDueAtMs: undefined } as const;
      await assert.rejects(store.vaults.lock(vault.vaultId), AssertionError);
      await assert.rejects(store.vaults.countChange(vault.vaultId, change), AssertionError);
      await assert.rejects(store.uploads.lock(ids.uploadId()), AssertionError);
      await assert.rejects(store.archives.markDeleted(ids.archiveId(), 1), AssertionError);
    });
  });

  describe("closing", () => {
    test("waits for transactions that were begun", async ({ store, ids, vault }) => {
      const transaction = store.transaction((session) =>
        addArchive(session, ids, { vaultId: vault.vaultId }),
      );
      await store.close();
      assert.equal((await transaction).vaultId, vault.vaultId);
    });

    test("twice is once, and later calls fail", async ({ store, vault }) => {
      await Promise.all([store.close(), store.close()]);
      await assert.rejects(store.vaults.get(vault.vaultId));
      await assert.rejects(store.transaction(async () => 1));
    });

    test("keeps everything for the next start", async ({ store, reopen, ids, vault, skip }) => {
      if (reopen === undefined) {
        skip("nothing outlives close here");
        return;
      }
      const archive = await store.transaction((session) =>
        addArchive(session, ids, { vaultId: vault.vaultId }),
      );
      const before = await store.vaults.get(vault.vaultId);
      const again = await reopen();
      assert.deepEqual(await again.vaults.get(vault.vaultId), before);
      assert.deepEqual(await again.archives.find(archive.archiveId), archive);
      await again.transaction((session) => addArchive(session, ids, { vaultId: vault.vaultId }));
      assert.equal((await again.vaults.get(vault.vaultId))?.archiveCount, 2);
    });
  });

  describe("boots", () => {
    test("are listed once inserted", async ({ store }) => {
      await store.boots.insert(7, NOW_MS);
      await store.boots.insert(0xffff_ffff, NOW_MS);
      assert.deepEqual(await store.boots.list(), new Set([7, 0xffff_ffff]));
    });
  });
}
