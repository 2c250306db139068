/** Contract of `ManifestStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { ManifestPart } from "../../src/domain/archive.ts";
import type { ManifestId } from "../../src/domain/ids.ts";
import { MIB } from "../../src/domain/limits.ts";
import { buildHash, buildPart, buildUpload } from "../support/metadata-builders.ts";
import { declareTests, type MetadataTest, type OpenMetadata } from "./metadata-store-harness.ts";

export function describeManifests(open: OpenMetadata): void {
  describeParts(open);
  describeGarbage(open);
}

function describeParts(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("manifest parts", () => {
    test("are listed in order from a start, without leaves", async (given) => {
      const { manifestId, parts } = await putParts(given, [2, 0, 1]);
      const summaries = parts.map(({ leaves: _, ...summary }) => summary);
      const list = (fromStartBytes: number, limit: number) =>
        given.store.manifests.listPartsPage({ manifestId, fromStartBytes, limit });
      assert.deepEqual(await list(0, 10), summaries);
      assert.deepEqual(await list(0, 2), summaries.slice(0, 2));
      assert.deepEqual(await list(1, 10), summaries.slice(1));
      assert.deepEqual(await list(MIB, 10), summaries.slice(1));
    });

    test("are summed up", async (given) => {
      const { manifestId } = await putParts(given, [3, 0]);
      assert.deepEqual(await given.store.manifests.summarize(manifestId), {
        partCount: 2,
        totalBytes: 2 * MIB,
        endBytes: 4 * MIB,
      });
      assert.deepEqual(await given.store.manifests.summarize(given.ids.manifestId()), {
        partCount: 0,
        totalBytes: 0,
        endBytes: 0,
      });
    });

    test("are found by the range they overlap, with their leaves", async (given) => {
      const { manifestId, parts } = await putParts(given, [0, 1, 2, 4]);
      const list = (start: number, endExclusive: number, limit = 10) =>
        given.store.manifests.listPartsInRange(manifestId, { start, endExclusive }, limit);
      assert.deepEqual(await list(0, 5 * MIB), parts);
      assert.deepEqual(await list(0, MIB), parts.slice(0, 1));
      assert.deepEqual(await list(MIB - 1, MIB + 1), parts.slice(0, 2));
      assert.deepEqual(await list(MIB, 2 * MIB), parts.slice(1, 2));
      assert.deepEqual(await list(MIB + 5, MIB + 6), parts.slice(1, 2));
      assert.deepEqual(await list(3 * MIB, 4 * MIB), []);
      assert.deepEqual(await list(3 * MIB + 1, 4 * MIB + 1), parts.slice(3));
      assert.deepEqual(await list(0, 5 * MIB, 2), parts.slice(0, 2));
      assert.deepEqual(await list(9 * MIB, 10 * MIB), []);
    });

    test("replace one with the same start, whose blob becomes collectable", async (given) => {
      const { store, ids } = given;
      const { manifestId, parts } = await putParts(given, [0, 1]);
      const [replaced, kept] = parts;
      assert.ok(replaced && kept);
      const displacedTo = ids.manifestId();
      const again = buildPart(ids, { sizeBytes: 5, treeHash: buildHash("e") });
      await store.manifests.putPart(manifestId, again, displacedTo);
      const range = { start: 0, endExclusive: 2 * MIB };
      assert.deepEqual(await store.manifests.listPartsInRange(manifestId, range, 9), [again, kept]);
      assert.deepEqual(await store.manifests.listCollectable(9), [displacedTo]);
      const page = { manifestId: displacedTo, fromStartBytes: 0, limit: 9 };
      const displaced = await store.manifests.listPartsPage(page);
      assert.deepEqual(
        displaced.map((part) => part.blobId),
        [replaced.blobId],
      );
    });

    test("put twice with the same blob are one, and nothing is displaced", async (given) => {
      const { store, ids } = given;
      const { manifestId, parts } = await putParts(given, [0]);
      await store.manifests.putPart(manifestId, buildPart(ids, parts[0]), ids.manifestId());
      assert.equal((await store.manifests.summarize(manifestId)).partCount, 1);
      assert.deepEqual(await store.manifests.listCollectable(9), []);
    });

    test("cannot share a blob", async (given) => {
      const { store, ids } = given;
      const { parts } = await putParts(given, [0]);
      const sharing = buildPart(ids, parts[0]);
      await assert.rejects(store.manifests.putPart(ids.manifestId(), sharing, ids.manifestId()));
    });

    test("tell which blobs are known, among any number", async (given) => {
      const { store, ids } = given;
      const { parts } = await putParts(given, [0, 1, 2]);
      const known = parts.map((part) => part.blobId);
      const strangers = Array.from({ length: 1500 }, () => ids.blobId());
      const asked = [...known.slice(0, 1), ...strangers, ...known.slice(1)];
      assert.deepEqual(await store.manifests.findKnownBlobs(asked), new Set(known));
      assert.deepEqual(await store.manifests.findKnownBlobs([]), new Set());
    });
  });
}

function describeGarbage(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("garbage manifests", () => {
    test("are collectable once discarded, however often", async ({ store, ids }) => {
      const manifestId = ids.manifestId();
      await store.manifests.discard(manifestId);
      await store.manifests.discard(manifestId);
      assert.deepEqual(await store.manifests.listCollectable(9), [manifestId]);
    });

    test("wait while any job pins them", async ({ store, ids }) => {
      const manifestId = ids.manifestId();
      const [first, second] = [ids.jobId(), ids.jobId()];
      await store.manifests.pin(manifestId, first);
      await store.manifests.pin(manifestId, first);
      await store.manifests.pin(manifestId, second);
      await store.manifests.discard(manifestId);
      assert.deepEqual(await store.manifests.listCollectable(9), []);
      await store.jobs.remove(first);
      assert.deepEqual(await store.manifests.listCollectable(9), []);
      await store.jobs.remove(second);
      assert.deepEqual(await store.manifests.listCollectable(9), [manifestId]);
    });

    test("are listed up to the limit", async ({ store, ids }) => {
      for (let index = 0; index < 3; index += 1) {
        await store.manifests.discard(ids.manifestId());
      }
      assert.equal((await store.manifests.listCollectable(2)).length, 2);
    });

    test("are forgotten with their parts", async (given) => {
      const { store } = given;
      const { manifestId, parts } = await putParts(given, [0, 1]);
      await store.manifests.discard(manifestId);
      await store.manifests.remove(manifestId);
      await store.manifests.remove(manifestId);
      assert.deepEqual(await store.manifests.listCollectable(9), []);
      assert.equal((await store.manifests.summarize(manifestId)).partCount, 0);
      const blobIds = parts.map((part) => part.blobId);
      assert.deepEqual(await store.manifests.findKnownBlobs(blobIds), new Set());
    });

    test("alone are removed: a manifest in use keeps its parts", async (given) => {
      const { manifestId } = await putParts(given, [0]);
      await given.store.manifests.remove(manifestId);
      assert.equal((await given.store.manifests.summarize(manifestId)).partCount, 1);
    });
  });
}

/** A manifest with 1 MiB parts at the given MiB, put in that order, returned in order of start. */
async function putParts(
  { store, ids, vault }: MetadataTest,
  startsMib: readonly number[],
): Promise<{ readonly manifestId: ManifestId; readonly parts: readonly ManifestPart[] }> {
  const upload = buildUpload(ids, { vaultId: vault.vaultId });
  await store.uploads.insert(upload);
  const parts: ManifestPart[] = [];
  for (const startMib of startsMib) {
    const leaves = new Uint8Array(32).fill(startMib);
    const part = buildPart(ids, { startBytes: startMib * MIB, leaves });
    await store.manifests.putPart(upload.manifestId, part, ids.manifestId());
    parts.push(part);
  }
  parts.sort((left, right) => left.startBytes - right.startBytes);
  return { manifestId: upload.manifestId, parts };
}
