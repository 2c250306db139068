/** Contract of `UploadStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { UploadCompleted, UploadInProgress } from "../../src/domain/multipart-upload.ts";
import { AssertionError } from "../../src/std/assert.ts";
import {
  buildHash,
  buildUpload,
  buildVaultKey,
  type IdBuilder,
  NOW_MS,
} from "../support/metadata-builders.ts";
import { declareTests, type MetadataTest, type OpenMetadata } from "./metadata-store-harness.ts";

export function describeUploads(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("multipart uploads", () => {
    test("are found as they were inserted", async (given) => {
      const { store, ids, vault } = given;
      const upload = await insert(given);
      const bare = await insert(given, { vaultId: vault.vaultId, description: undefined });
      assert.deepEqual(await store.uploads.find(upload.uploadId), upload);
      assert.deepEqual(await store.uploads.find(bare.uploadId), bare);
      const locked = await store.transaction((session) => session.uploads.lock(upload.uploadId));
      assert.deepEqual(locked, upload);
      assert.equal(await store.uploads.find(ids.uploadId()), undefined);
    });

    test("remember what they were completed to and keep their manifest", async (given) => {
      const { store, ids } = given;
      const completed = complete(ids, await insert(given));
      await store.uploads.end(completed);
      assert.deepEqual(await store.uploads.find(completed.uploadId), completed);
      assert.deepEqual(await store.manifests.listCollectable(9), []);
    });

    test("remember that they were aborted; their manifest becomes garbage", async (given) => {
      const { store } = given;
      const upload = await insert(given);
      const aborted = { ...upload, state: "Aborted", endedAtMs: NOW_MS + 5 } as const;
      await store.uploads.end(aborted);
      assert.deepEqual(await store.uploads.find(upload.uploadId), aborted);
      assert.deepEqual(await store.manifests.listCollectable(9), [upload.manifestId]);
    });

    test("end only once", async (given) => {
      const { store, ids } = given;
      const completed = complete(ids, await insert(given));
      await store.uploads.end(completed);
      const { archiveId: _, archiveSizeBytes: __, treeHash: ___, ...facts } = completed;
      await assert.rejects(store.uploads.end({ ...facts, state: "Aborted" }), AssertionError);
      assert.deepEqual(await store.uploads.find(completed.uploadId), completed);
      assert.deepEqual(await store.manifests.listCollectable(9), []);
    });

    test("are listed oldest first while in progress, from an inclusive start", async (given) => {
      const { store, ids, vault } = given;
      const other = await store.vaults.insert({ ...buildVaultKey("other"), createdAtMs: NOW_MS });
      const first = await insert(given);
      const ended = await insert(given);
      const third = await insert(given);
      await insert(given, { vaultId: other.vaultId });
      const fourth = await insert(given);
      await store.uploads.end(complete(ids, ended));
      const list = (from: UploadInProgress | undefined, limit: number) =>
        store.uploads.listPage({ vaultId: vault.vaultId, from: from?.uploadId, limit });
      assert.deepEqual(await list(undefined, 9), [first, third, fourth]);
      assert.deepEqual(await list(undefined, 2), [first, third]);
      assert.deepEqual(await list(third, 9), [third, fourth]);
      assert.deepEqual(await list(ended, 9), [third, fourth]);
    });

    test("are idle when nothing touched them since an instant", async (given) => {
      const { store, ids } = given;
      const idle = await insert(given);
      const touched = await insert(given);
      const ended = await insert(given);
      await store.uploads.end(complete(ids, ended));
      await store.uploads.touch(touched.uploadId, NOW_MS + 10);
      assert.deepEqual(await store.uploads.listIdle(NOW_MS, 9), []);
      assert.deepEqual(await store.uploads.listIdle(NOW_MS + 10, 9), [idle]);
      const both = await store.uploads.listIdle(NOW_MS + 11, 9);
      assert.deepEqual(both, [idle, { ...touched, lastActivityAtMs: NOW_MS + 10 }]);
      assert.equal((await store.uploads.listIdle(NOW_MS + 11, 1)).length, 1);
    });

    test("are forgotten some time after their end", async (given) => {
      const { store, ids } = given;
      const running = await insert(given);
      const ended = complete(ids, await insert(given));
      await store.uploads.end(ended);
      assert.equal(await store.uploads.forgetEnded(ended.endedAtMs), 0);
      assert.equal(await store.uploads.forgetEnded(ended.endedAtMs + 1), 1);
      assert.equal(await store.uploads.find(ended.uploadId), undefined);
      assert.deepEqual(await store.uploads.find(running.uploadId), running);
    });
  });
}

async function insert(
  { store, ids, vault }: MetadataTest,
  fields: Partial<UploadInProgress> = {},
): Promise<UploadInProgress> {
  const upload = buildUpload(ids, { vaultId: vault.vaultId, ...fields });
  await store.uploads.insert(upload);
  return upload;
}

function complete(ids: IdBuilder, upload: UploadInProgress): UploadCompleted {
  return {
    ...upload,
    state: "Completed",
    endedAtMs: NOW_MS + 5,
    archiveId: ids.archiveId(),
    archiveSizeBytes: 3,
    treeHash: buildHash("f"),
  };
}
