/** Contract of `ArchiveStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Archive, SnapshotArchive } from "../../src/domain/archive.ts";
import type { ArchiveId } from "../../src/domain/ids.ts";
import type { InventoryPosition } from "../../src/domain/job.ts";
import type { ArchiveStore, MetadataStore } from "../../src/ports/metadata-store.ts";
import { AssertionError } from "../../src/std/assert.ts";
import { addArchive, buildVaultKey, deleteArchive, NOW_MS } from "../support/metadata-builders.ts";
import { declareTests, type MetadataTest, type OpenMetadata } from "./metadata-store-harness.ts";

type Page = Parameters<ArchiveStore["listSnapshotPage"]>[0];

export function describeArchives(open: OpenMetadata): void {
  describeArchiveRecords(open);
  describeSnapshots(open);
}

function describeArchiveRecords(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("archives", () => {
    test("are found as they were inserted", async ({ store, ids, vault }) => {
      const { vaultId } = vault;
      const [whole, bare] = await store.transaction(async (session) => [
        await addArchive(session, ids, { vaultId, description: "", sizeBytes: 2 ** 52 }),
        await addArchive(session, ids, { vaultId, sha256: undefined, description: undefined }),
      ]);
      assert.deepEqual(await store.archives.find(whole.archiveId), whole);
      assert.deepEqual(await store.archives.find(bare.archiveId), bare);
      assert.equal(await store.archives.find(ids.archiveId()), undefined);
    });

    test("stay on record when deleted, their manifest garbage", async ({ store, ids, vault }) => {
      const archive = await add(store, ids, vault.vaultId);
      assert.deepEqual(await store.manifests.listCollectable(10), []);
      const deletedSequence = await deleteArchive(store, archive);
      const found = await store.archives.find(archive.archiveId);
      assert.deepEqual(found, { ...archive, deletedSequence });
      assert.deepEqual(await store.manifests.listCollectable(10), [archive.manifestId]);
    });

    test("are deleted only once", async ({ store, ids, vault }) => {
      const archive = await add(store, ids, vault.vaultId);
      const deletedSequence = await deleteArchive(store, archive);
      await assert.rejects(deleteArchive(store, archive), AssertionError);
      const found = await store.archives.find(archive.archiveId);
      assert.equal(found?.deletedSequence, deletedSequence);
      assert.equal((await store.vaults.get(vault.vaultId))?.archiveCount, 0);
    });
  });
}

function describeSnapshots(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("inventory snapshots", () => {
    test("stay the same while archives are added and deleted", snapshotsAreStable);

    test("are ordered by creation time, then id", async ({ store, ids, vault }) => {
      const { vaultId } = vault;
      const late = await add(store, ids, vaultId, { createdAtMs: NOW_MS + 2 });
      const early = await add(store, ids, vaultId, { createdAtMs: NOW_MS });
      const tied = await add(store, ids, vaultId, { createdAtMs: NOW_MS + 2 });
      const all = [early, late, tied].map((archive) => archive.archiveId);
      assert.deepEqual(await listIds(store, { vaultId }), all);
      assert.deepEqual(await listIds(store, { vaultId, from: late }), all.slice(1));
      assert.deepEqual(await listIds(store, { vaultId, from: tied }), all.slice(2));
    });

    test("tell of archives what an inventory tells", async ({ store, ids, vault }) => {
      const { vaultId } = vault;
      const whole = await add(store, ids, vaultId, { createdAtMs: NOW_MS });
      const bare = await add(store, ids, vaultId, {
        createdAtMs: NOW_MS + 1,
        sha256: undefined,
        description: undefined,
      });
      const odd = await add(store, ids, vaultId, {
        createdAtMs: NOW_MS + 2,
        sizeBytes: Number.MAX_SAFE_INTEGER,
        description: " two  words and | more, 'quoted' ",
      });
      const empty = await add(store, ids, vaultId, { createdAtMs: NOW_MS + 3, description: "" });
      const deleted = await add(store, ids, vaultId, { createdAtMs: NOW_MS + 4 });
      await deleteArchive(store, deleted);
      const page = await store.archives.listSnapshotPage({
        ...FIRST_PAGE,
        vaultId,
        changeSequence: 5,
      });
      assert.deepEqual(page, [whole, bare, odd, empty, deleted].map(listed));
    });

    test("hold the vault's own archives only", async ({ store, ids, vault }) => {
      const other = await store.vaults.insert({ ...buildVaultKey("other"), createdAtMs: NOW_MS });
      await add(store, ids, other.vaultId);
      assert.deepEqual(await listIds(store, { vaultId: vault.vaultId }), []);
    });

    test("are cut by creation time: from inclusive, before exclusive", async (given) => {
      const { store, ids, vault } = given;
      const { vaultId } = vault;
      const archives: Archive[] = [];
      for (let offsetMs = 0; offsetMs < 4; offsetMs += 1) {
        archives.push(await add(store, ids, vaultId, { createdAtMs: NOW_MS + offsetMs }));
      }
      const all = archives.map((archive) => archive.archiveId);
      const [first, second, third] = archives;
      const dates = { vaultId, createdFromMs: NOW_MS + 1, createdBeforeMs: NOW_MS + 3 };
      assert.deepEqual(await listIds(store, dates), all.slice(1, 3));
      assert.deepEqual(await listIds(store, { ...dates, from: first }), all.slice(1, 3));
      assert.deepEqual(await listIds(store, { ...dates, from: second }), all.slice(1, 3));
      assert.deepEqual(await listIds(store, { ...dates, from: third }), all.slice(2, 3));
    });

    test("are walked page by page, each archive once", async ({ store, ids, vault }) => {
      const { vaultId } = vault;
      const all: ArchiveId[] = [];
      for (let index = 0; index < 25; index += 1) {
        const createdAtMs = NOW_MS + Math.floor(index / 4);
        all.push((await add(store, ids, vaultId, { createdAtMs })).archiveId);
      }
      const walked: ArchiveId[] = [];
      let from: InventoryPosition | undefined;
      do {
        const page: readonly SnapshotArchive[] = await store.archives.listSnapshotPage({
          ...FIRST_PAGE,
          vaultId,
          from,
          limit: 4,
        });
        walked.push(...page.slice(0, 3).map((archive) => archive.archiveId));
        from = page[3];
      } while (from !== undefined);
      assert.deepEqual(walked, all);
    });

    test("are found among thousands of deleted archives", async ({ store, ids, vault }) => {
      const { vaultId } = vault;
      const live: ArchiveId[] = [];
      await store.transaction(async (session) => {
        for (let index = 0; index < 9_000; index += 1) {
          const archive = await addArchive(session, ids, { vaultId });
          if (index % 500 === 0) {
            live.push(archive.archiveId);
          } else {
            await session.archives.markDeleted(archive.archiveId, archive.createdSequence);
          }
        }
      });
      assert.deepEqual(await listIds(store, { vaultId }), live);
      assert.deepEqual(await listIds(store, { vaultId, limit: 11 }), live.slice(0, 11));
    });
  });
}

async function snapshotsAreStable({ store, ids, vault }: MetadataTest): Promise<void> {
  const { vaultId } = vault;
  const deletedBefore = await add(store, ids, vaultId);
  const kept = await add(store, ids, vaultId);
  const deletedAfter = await add(store, ids, vaultId);
  const changeSequence = await deleteArchive(store, deletedBefore);
  const snapshot = [kept.archiveId, deletedAfter.archiveId];
  assert.deepEqual(await listIds(store, { vaultId, changeSequence }), snapshot);
  await deleteArchive(store, deletedAfter);
  const added = await add(store, ids, vaultId);
  assert.deepEqual(await listIds(store, { vaultId, changeSequence }), snapshot);
  assert.deepEqual(await listIds(store, { vaultId, changeSequence: changeSequence + 1 }), [
    kept.archiveId,
  ]);
  assert.deepEqual(await listIds(store, { vaultId }), [kept.archiveId, added.archiveId]);
  assert.deepEqual(await listIds(store, { vaultId, changeSequence: 1 }), [deletedBefore.archiveId]);
}

const FIRST_PAGE: Omit<Page, "vaultId"> = {
  changeSequence: Number.MAX_SAFE_INTEGER,
  createdFromMs: undefined,
  createdBeforeMs: undefined,
  from: undefined,
  limit: 1000,
};

function listed(archive: Archive): SnapshotArchive {
  const { archiveId, createdAtMs, sizeBytes, treeHash, description } = archive;
  return { archiveId, createdAtMs, sizeBytes, treeHash, description };
}

async function listIds(
  store: MetadataStore,
  page: Partial<Page> & Pick<Page, "vaultId">,
): Promise<readonly ArchiveId[]> {
  const archives = await store.archives.listSnapshotPage({ ...FIRST_PAGE, ...page });
  return archives.map((archive) => archive.archiveId);
}

function add(
  store: MetadataStore,
  ids: MetadataTest["ids"],
  vaultId: number,
  fields: Partial<Archive> = {},
): Promise<Archive> {
  return store.transaction((session) => addArchive(session, ids, { vaultId, ...fields }));
}
