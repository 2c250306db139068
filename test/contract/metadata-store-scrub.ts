/** The contract of `ScrubStore` and `DamageStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Archive } from "../../src/domain/archive.ts";
import type { Damage } from "../../src/domain/damage.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import { MIB } from "../../src/domain/limits.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import type { StoredPart, Walk } from "../../src/ports/scrub-store.ts";
import {
  addArchive,
  buildJob,
  buildPart,
  deleteArchive,
  type IdBuilder,
  NOW_MS,
} from "../support/metadata-builders.ts";
import { declareTests, type OpenMetadata } from "./metadata-store-harness.ts";

async function listAll(store: MetadataStore): Promise<readonly StoredPart[]> {
  const parts: StoredPart[] = [];
  for (;;) {
    const page = await store.scrub.listParts({ after: parts.at(-1)?.blobId, limit: 2 });
    if (page.length === 0) {
      return parts;
    }
    parts.push(...page);
  }
}

async function addArchives(store: MetadataStore, ids: IdBuilder, vaultId: number, count: number) {
  const archives: Archive[] = [];
  for (let index = 0; index < count; index += 1) {
    archives.push(await store.transaction((session) => addArchive(session, ids, { vaultId })));
  }
  return archives;
}

function buildDamage(archive: Archive, blobId: BlobId, fields: Partial<Damage> = {}) {
  return {
    archiveId: archive.archiveId,
    blobId,
    kind: "rotten" as const,
    range: { start: MIB, endExclusive: 2 * MIB },
    firstSeenAtMs: NOW_MS,
    lastSeenAtMs: NOW_MS,
    repairedAtMs: undefined,
    ...fields,
  };
}

export function describeScrub(open: OpenMetadata): void {
  const test = declareTests(open);

  describe("scrub", () => {
    test("walks the parts of archives and uploads by blob id, later ones last", async ({
      store,
      vault,
      ids,
    }) => {
      const archives = await addArchives(store, ids, vault.vaultId, 3);
      const upload = ids.manifestId();
      const part = buildPart(ids, { startBytes: MIB });
      await store.manifests.putPart(upload, part, ids.manifestId());
      const found = await listAll(store);
      assert.deepEqual(
        found.map(({ manifestId }) => manifestId),
        [...archives.map(({ manifestId }) => manifestId), upload],
      );
      assert.deepEqual(found.at(-1), { ...part, manifestId: upload });
      assert.deepEqual(
        found.map(({ blobId }) => blobId).toSorted(),
        found.map((it) => it.blobId),
      );
    });

    test("passes over what the collector may be removing, and sees what a job holds", async ({
      store,
      vault,
      ids,
    }) => {
      const [gone, pinned, live] = await addArchives(store, ids, vault.vaultId, 3);
      const job = buildJob(ids, { vaultId: vault.vaultId });
      await store.jobs.insert(job);
      await store.manifests.pin(pinned!.manifestId, job.jobId);
      const all = await listAll(store);
      await deleteArchive(store, gone!);
      await deleteArchive(store, pinned!);
      assert.deepEqual(await listAll(store), all.slice(1));
      assert.equal(await store.scrub.findPart(all[0]!.blobId), undefined);
      assert.deepEqual(await store.scrub.findPart(all[1]!.blobId), all[1]);
      assert.equal(await store.scrub.findArchive(pinned!.manifestId), undefined);
      assert.deepEqual(await store.scrub.findArchive(live!.manifestId), live);
    });

    test("keeps how far each walk is", async ({ store, ids }) => {
      assert.equal(await store.scrub.findWalk("scrub"), undefined);
      const walk: Walk = {
        name: "scrub",
        target: "",
        pass: 1,
        startedAtMs: NOW_MS,
        position: undefined,
        endedAtMs: undefined,
        previousStartedAtMs: undefined,
      };
      await store.scrub.saveWalk(walk);
      assert.deepEqual(await store.scrub.findWalk("scrub"), walk);
      const later = {
        ...walk,
        pass: 2,
        position: ids.blobId(),
        endedAtMs: NOW_MS + 9,
        previousStartedAtMs: NOW_MS,
      };
      await store.scrub.saveWalk(later);
      await store.scrub.saveWalk({ ...walk, name: "fill", target: "m1" });
      assert.deepEqual(await store.scrub.findWalk("scrub"), later);
      assert.equal((await store.scrub.findWalk("fill"))?.target, "m1");
    });
  });

  describe("damages", () => {
    test("are open until they are repaired, and counted once per archive", async ({
      store,
      vault,
      ids,
    }) => {
      const [one, two] = await addArchives(store, ids, vault.vaultId, 2);
      const [first, second] = (await listAll(store)).map(({ blobId }) => blobId);
      await store.damages.insert(buildDamage(one!, first!));
      await store.damages.insert(
        buildDamage(one!, first!, { kind: "missing", range: { start: 0, endExclusive: MIB } }),
      );
      await store.damages.insert(buildDamage(two!, second!));
      assert.equal(await store.damages.countArchives(), 2);
      const open = await store.damages.listOpen(first!);
      assert.deepEqual(
        open.map(({ kind }) => kind),
        ["missing", "rotten"],
      );
      const blobs = await store.damages.listDamagedBlobs({ after: undefined, limit: 10 });
      assert.deepEqual(blobs, [first, second]);
      assert.deepEqual(await store.damages.listDamagedBlobs({ after: first, limit: 1 }), [second]);
      for (const damage of open) {
        await store.damages.update({
          ...damage,
          range: { start: 0, endExclusive: 3 * MIB },
          lastSeenAtMs: NOW_MS + 5,
          repairedAtMs: NOW_MS + 6,
        });
      }
      assert.deepEqual(await store.damages.listOpen(first!), []);
      assert.equal(await store.damages.countArchives(), 1);
      const page = { fromDamageId: 0, withRepaired: false, limit: 10 };
      assert.equal((await store.damages.listPage(page)).length, 1);
      const all = await store.damages.listPage({ ...page, withRepaired: true });
      assert.equal(all.length, 3);
      assert.deepEqual(all[0], {
        ...buildDamage(one!, first!, { lastSeenAtMs: NOW_MS + 5, repairedAtMs: NOW_MS + 6 }),
        damageId: all[0]!.damageId,
        range: { start: 0, endExclusive: 3 * MIB },
        accountId: vault.accountId,
        region: vault.region,
        vaultName: vault.vaultName,
      });
      const rest = { ...page, fromDamageId: all[1]!.damageId, withRepaired: true };
      assert.deepEqual(await store.damages.listPage(rest), all.slice(1));
    });

    test("go with their archive", async ({ store, vault, ids }) => {
      const [one, two] = await addArchives(store, ids, vault.vaultId, 2);
      const [first, second] = (await listAll(store)).map(({ blobId }) => blobId);
      await store.damages.insert(buildDamage(one!, first!, { repairedAtMs: NOW_MS }));
      await store.damages.insert(buildDamage(one!, first!));
      await store.damages.insert(buildDamage(two!, second!));
      await deleteArchive(store, one!);
      const page = { fromDamageId: 0, withRepaired: true, limit: 10 };
      const left = await store.damages.listPage(page);
      assert.deepEqual(
        left.map(({ archiveId }) => archiveId),
        [two!.archiveId],
      );
    });
  });
}
