/** Contract of `VaultStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { AccountId } from "../../src/domain/ids.ts";
import type { VaultName } from "../../src/domain/vault.ts";
import { AssertionError } from "../../src/std/assert.ts";
import {
  ACCOUNT_ID,
  addArchive,
  buildArchiveRequest,
  buildJob,
  buildPart,
  buildUpload,
  buildVaultKey,
  deleteArchive,
  NOW_MS,
  REGION,
} from "../support/metadata-builders.ts";
import { declareTests, type MetadataTest, type OpenMetadata } from "./metadata-store-harness.ts";

export function describeVaults(open: OpenMetadata): void {
  describeVaultRecords(open);
  describeVaultCounters(open);
  describeVaultRemoval(open);
}

function describeVaultRecords(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("vaults", () => {
    test("start empty and are found by key and by id", async ({ store, vault }) => {
      const expected = {
        ...buildVaultKey(),
        vaultId: vault.vaultId,
        createdAtMs: NOW_MS,
        archiveCount: 0,
        archiveBytes: 0n,
        changeSequence: 0,
        lastInventory: undefined,
        inventoryDueAtMs: undefined,
        tags: new Map(),
        accessPolicy: undefined,
        lock: undefined,
        notification: undefined,
      };
      assert.deepEqual(vault, expected);
      assert.deepEqual(await store.vaults.find(buildVaultKey()), expected);
      assert.deepEqual(await store.vaults.get(vault.vaultId), expected);
      const locked = await store.transaction((session) => session.vaults.lock(vault.vaultId));
      assert.deepEqual(locked, expected);
    });

    test("are apart by account, region and name", async ({ store }) => {
      const key = buildVaultKey();
      assert.equal(await store.vaults.find(buildVaultKey("Photos")), undefined);
      assert.equal(await store.vaults.find({ ...key, region: "eu-west-1" }), undefined);
      const other = { ...key, accountId: "999999999999" as AccountId };
      assert.equal(await store.vaults.find(other), undefined);
      await store.vaults.insert({ ...other, createdAtMs: NOW_MS });
      assert.equal(await store.vaults.count({ accountId: ACCOUNT_ID, region: REGION }), 1);
    });

    test("cannot be inserted under a key in use", async ({ store }) => {
      await assert.rejects(store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS }));
      assert.equal(await store.vaults.count({ accountId: ACCOUNT_ID, region: REGION }), 1);
    });

    test("are listed in ASCII order of names from an inclusive start", async ({ store }) => {
      for (const name of ["b", "_x", "B", "a.1", "a-1", "A", "9"]) {
        await store.vaults.insert({ ...buildVaultKey(name), createdAtMs: NOW_MS });
      }
      const list = async (fromName: string | undefined, limit: number) => {
        const page = await store.vaults.listPage({
          accountId: ACCOUNT_ID,
          region: REGION,
          fromName: fromName as VaultName | undefined,
          limit,
        });
        return page.map((vault) => vault.vaultName);
      };
      assert.deepEqual(await list(undefined, 4), ["9", "A", "B", "_x"]);
      assert.deepEqual(await list("_x", 10), ["_x", "a-1", "a.1", "b", "photos"]);
      assert.deepEqual(await list("aa", 1), ["b"]);
    });

    test("keep tags in the order in which they were given", async ({ store, vault }) => {
      const tags = new Map([
        ["zeta", "1"],
        ["10", "ten"],
        ["2", 'quo"te'],
      ]);
      await store.vaults.setTags(vault.vaultId, tags);
      assert.deepEqual([...((await store.vaults.get(vault.vaultId))?.tags ?? [])], [...tags]);
    });
  });
}

function describeVaultCounters(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("vault counters", () => {
    test("follow additions and deletions exactly", async ({ store, ids, vault }) => {
      const { vaultId } = vault;
      const archive = await store.transaction((session) =>
        addArchive(session, ids, { vaultId, sizeBytes: 1000 }),
      );
      await store.transaction((session) => addArchive(session, ids, { vaultId, sizeBytes: 24 }));
      assert.equal(await deleteArchive(store, archive), 3);
      const after = await store.vaults.get(vaultId);
      assert.equal(after?.archiveCount, 1);
      assert.equal(after?.archiveBytes, 24n);
      assert.equal(after?.changeSequence, 3);
    });

    test("add up exactly beyond 2^53", async ({ store, vault }) => {
      const add = (archiveBytes: number) =>
        store.transaction((session) =>
          session.vaults.countChange(vault.vaultId, {
            archiveCount: 1,
            archiveBytes,
            inventoryDueAtMs: undefined,
          }),
        );
      await add(Number.MAX_SAFE_INTEGER);
      await add(Number.MAX_SAFE_INTEGER);
      await add(1);
      const expected = BigInt(Number.MAX_SAFE_INTEGER) * 2n + 1n;
      assert.equal((await store.vaults.get(vault.vaultId))?.archiveBytes, expected);
      const snapshot = {
        takenAtMs: NOW_MS,
        changeSequence: 3,
        archiveCount: 3,
        archiveBytes: expected,
      };
      await store.vaults.setInventory(vault.vaultId, snapshot, undefined);
      assert.deepEqual((await store.vaults.find(vault))?.lastInventory, snapshot);
    });

    test("refuse bytes whose sign contradicts the count", async ({ store, vault }) => {
      const change = { archiveCount: -1, archiveBytes: 5, inventoryDueAtMs: undefined } as const;
      await assert.rejects(
        store.transaction((session) => session.vaults.countChange(vault.vaultId, change)),
        AssertionError,
      );
    });

    test("keep the earliest inventory due time until the inventory", async ({ store, vault }) => {
      const change = (inventoryDueAtMs: number | undefined) =>
        store.transaction((session) =>
          session.vaults.countChange(vault.vaultId, {
            archiveCount: 1,
            archiveBytes: 1,
            inventoryDueAtMs,
          }),
        );
      const dueAtMs = async () => (await store.vaults.get(vault.vaultId))?.inventoryDueAtMs;
      await change(undefined);
      assert.equal(await dueAtMs(), undefined);
      await change(5000);
      await change(9000);
      await change(undefined);
      assert.equal(await dueAtMs(), 5000);
      const snapshot = { takenAtMs: 1, changeSequence: 4, archiveCount: 4, archiveBytes: 4n };
      await store.vaults.setInventory(vault.vaultId, snapshot, undefined);
      assert.equal(await dueAtMs(), undefined);
      await store.vaults.setInventory(vault.vaultId, snapshot, 77);
      assert.equal(await dueAtMs(), 77);
    });

    test("make vaults due for an inventory, oldest first", async ({ store, vault }) => {
      const later = await store.vaults.insert({ ...buildVaultKey("later"), createdAtMs: NOW_MS });
      await store.vaults.insert({ ...buildVaultKey("never"), createdAtMs: NOW_MS });
      const snapshot = { takenAtMs: 1, changeSequence: 0, archiveCount: 0, archiveBytes: 0n };
      await store.vaults.setInventory(vault.vaultId, snapshot, 2000);
      await store.vaults.setInventory(later.vaultId, snapshot, 1000);
      const listIds = async (nowMs: number, limit: number) =>
        (await store.vaults.listInventoryDue(nowMs, limit)).map((due) => due.vaultId);
      assert.deepEqual(await listIds(999, 10), []);
      assert.deepEqual(await listIds(1000, 10), [later.vaultId]);
      assert.deepEqual(await listIds(2000, 10), [later.vaultId, vault.vaultId]);
      assert.deepEqual(await listIds(2000, 1), [later.vaultId]);
    });

    test("can be made due for the vaults that changed since their last one", async (given) => {
      const { store, vault } = given;
      await store.vaults.insert({ ...buildVaultKey("never written"), createdAtMs: NOW_MS });
      const current = await store.vaults.insert({
        ...buildVaultKey("current"),
        createdAtMs: NOW_MS,
      });
      const due = await store.vaults.insert({ ...buildVaultKey("due"), createdAtMs: NOW_MS });
      for (const { vaultId } of [vault, current, due]) {
        const inventoryDueAtMs = vaultId === due.vaultId ? 4000 : undefined;
        await store.transaction(({ vaults }) =>
          vaults.countChange(vaultId, { archiveCount: 1, archiveBytes: 1, inventoryDueAtMs }),
        );
      }
      const snapshot = { takenAtMs: 1, changeSequence: 1, archiveCount: 1, archiveBytes: 1n };
      await store.vaults.setInventory(current.vaultId, snapshot, undefined);
      assert.equal(await store.vaults.scheduleInventories(3000), 1);
      const listed = await store.vaults.listInventoryDue(5000, 10);
      assert.deepEqual(
        listed.map(({ vaultId, inventoryDueAtMs }) => [vaultId, inventoryDueAtMs]),
        [
          [vault.vaultId, 3000],
          [due.vaultId, 4000],
        ],
      );
    });
  });
}

function describeVaultRemoval(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("removing a vault", () => {
    test("forgets it but remembers its key", async ({ store, vault }) => {
      assert.equal(await store.vaults.wasDeleted(vault), false);
      await store.vaults.remove(vault.vaultId);
      assert.equal(await store.vaults.find(vault), undefined);
      assert.equal(await store.vaults.get(vault.vaultId), undefined);
      assert.equal(await store.vaults.wasDeleted(vault), true);
      assert.equal(await store.vaults.wasDeleted(buildVaultKey("other")), false);
    });

    test("frees the key for a vault with another id, twice", async ({ store, vault }) => {
      await store.vaults.remove(vault.vaultId);
      const second = await store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
      assert.ok(second.vaultId > vault.vaultId);
      await store.vaults.remove(second.vaultId);
      assert.equal(await store.vaults.wasDeleted(vault), true);
    });

    test("ends its uploads and jobs with their manifests and pins", removesUploadsAndJobs);

    test("hides its archive records at once and purges them in steps", async (given) => {
      const { store, ids, vault } = given;
      const { vaultId } = vault;
      const archives = await store.transaction(async (session) => [
        await addArchive(session, ids, { vaultId }),
        await addArchive(session, ids, { vaultId }),
        await addArchive(session, ids, { vaultId }),
      ]);
      const [deleted, ...live] = archives;
      assert.ok(deleted);
      await deleteArchive(store, deleted);
      await store.manifests.remove(deleted.manifestId);
      await store.vaults.remove(vaultId);
      for (const archive of archives) {
        assert.equal(await store.archives.find(archive.archiveId), undefined);
      }
      assert.equal(await store.vaults.purgeRemovedVaults(2), 2);
      assert.ok((await store.vaults.purgeRemovedVaults(2)) <= 2);
      assert.equal(await store.vaults.purgeRemovedVaults(2), 0);
      const garbage = await store.manifests.listCollectable(10);
      assert.deepEqual(new Set(garbage), new Set(live.map((archive) => archive.manifestId)));
    });

    test("leaves the archives of other vaults to them", async ({ store, ids, vault }) => {
      const other = await store.vaults.insert({ ...buildVaultKey("other"), createdAtMs: NOW_MS });
      const kept = await store.transaction((session) =>
        addArchive(session, ids, { vaultId: other.vaultId }),
      );
      await store.vaults.remove(vault.vaultId);
      await store.vaults.purgeRemovedVaults(100);
      assert.deepEqual(await store.archives.find(kept.archiveId), kept);
      assert.deepEqual(await store.manifests.listCollectable(10), []);
    });
  });
}

async function removesUploadsAndJobs({ store, ids, vault }: MetadataTest): Promise<void> {
  const { vaultId } = vault;
  const archive = await store.transaction((session) => addArchive(session, ids, { vaultId }));
  const upload = buildUpload(ids, { vaultId });
  const archiveJob = buildJob(ids, { vaultId, request: buildArchiveRequest(archive) });
  const inventoryJob = buildJob(ids, { vaultId });
  const output = ids.manifestId();
  await store.uploads.insert(upload);
  await store.manifests.putPart(upload.manifestId, buildPart(ids), ids.manifestId());
  await store.jobs.insert(archiveJob);
  await store.manifests.pin(archive.manifestId, archiveJob.jobId);
  await store.jobs.insert(inventoryJob);
  await store.jobs.claimDue(NOW_MS, { owner: "me", untilMs: NOW_MS + 1000 }, 10);
  await store.jobs.finish(inventoryJob.jobId, "me", {
    completedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 1,
    outcome: {
      status: "Succeeded",
      output: {
        manifestId: output,
        range: { start: 0, endExclusive: 1 },
        treeHash: undefined,
        nextPosition: undefined,
      },
    },
  });
  await deleteArchive(store, archive);
  assert.deepEqual(await store.manifests.listCollectable(10), []);

  await store.vaults.remove(vaultId);
  assert.equal(await store.uploads.find(upload.uploadId), undefined);
  assert.equal(await store.jobs.find(archiveJob.jobId), undefined);
  assert.equal(await store.jobs.find(inventoryJob.jobId), undefined);
  assert.deepEqual(
    new Set(await store.manifests.listCollectable(10)),
    new Set([upload.manifestId, output, archive.manifestId]),
  );
}
