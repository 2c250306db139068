/** The contract of `ScanStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { ArchiveId } from "../../src/domain/ids.ts";
import type { InventoryPosition } from "../../src/domain/job.ts";
import {
  addArchive,
  buildJob,
  buildUpload,
  buildVaultKey,
  deleteArchive,
  NOW_MS,
} from "../support/metadata-builders.ts";
import { declareTests, type OpenMetadata } from "./metadata-store-harness.ts";

export function describeScans(open: OpenMetadata): void {
  const test = declareTests(open);

  describe("scans", () => {
    test("page through the vaults of all accounts and regions", async ({ store, vault }) => {
      const others = [
        await store.vaults.insert({ ...buildVaultKey("a"), region: "eu-west-1", createdAtMs: 1 }),
        await store.vaults.insert({
          ...buildVaultKey("b"),
          accountId: "999999999999" as never,
          createdAtMs: 1,
        }),
      ];
      const first = await store.scans.listVaults({ fromVaultId: 0, limit: 2 });
      assert.deepEqual(first, [vault, others[0]]);
      const rest = await store.scans.listVaults({ fromVaultId: others[1]!.vaultId, limit: 2 });
      assert.deepEqual(rest, [others[1]]);
    });

    test("page through every archive record of a vault, deleted ones too", async ({
      store,
      vault,
      ids,
    }) => {
      const expected: ArchiveId[] = [];
      for (let index = 0; index < 5; index += 1) {
        const fields = { vaultId: vault.vaultId, createdAtMs: NOW_MS + index };
        const archive = await store.transaction((session) => addArchive(session, ids, fields));
        expected.push(archive.archiveId);
        if (index % 2 === 0) {
          await deleteArchive(store, archive);
        }
      }
      const found: ArchiveId[] = [];
      let from: InventoryPosition | undefined;
      do {
        const page = await store.scans.listArchives({ vaultId: vault.vaultId, from, limit: 3 });
        found.push(...page.slice(0, 2).map((archive) => archive.archiveId));
        for (const archive of page) {
          assert.deepEqual(archive, await store.archives.find(archive.archiveId));
        }
        from = page[2];
      } while (from !== undefined);
      assert.deepEqual(found, expected);
    });

    test("count uploads in progress, jobs by status, and garbage up to a bound", async ({
      store,
      vault,
      ids,
    }) => {
      const { vaultId } = vault;
      assert.deepEqual([await store.scans.countUploads(), await store.scans.countJobs()], [[], []]);
      assert.equal(await store.scans.findFirstDueJob(), undefined);
      await store.uploads.insert(buildUpload(ids, { vaultId }));
      const ended = buildUpload(ids, { vaultId });
      await store.uploads.insert(ended);
      await store.uploads.end({ ...ended, state: "Aborted", endedAtMs: NOW_MS });
      await store.manifests.discard(ids.manifestId());
      const later = buildJob(ids, { vaultId, dueAtMs: NOW_MS + 9 });
      const sooner = buildJob(ids, { vaultId, dueAtMs: NOW_MS + 1 });
      for (const job of [later, sooner]) {
        await store.jobs.insert(job);
      }
      assert.deepEqual(await store.scans.countUploads(), [{ vaultId, count: 1 }]);
      assert.deepEqual(await store.scans.countJobs(), [
        { vaultId, status: "InProgress", count: 2 },
      ]);
      const { jobId, createdAtMs, dueAtMs } = sooner;
      assert.deepEqual(await store.scans.findFirstDueJob(), {
        jobId,
        vaultId,
        createdAtMs,
        dueAtMs,
      });
      assert.equal(await store.scans.countGarbage(10), 2);
      assert.equal(await store.scans.countGarbage(1), 1);
    });
  });
}
