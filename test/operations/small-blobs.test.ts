/** Small archives and parts of uploads as rows: stored whole or not at all, and collected once nothing needs them. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ArchiveId, BlobId } from "../../src/domain/ids.ts";
import { collectGarbage } from "../../src/engine/maintenance/collect-garbage.ts";
import { createLeftoverSweep } from "../../src/engine/maintenance/sweep-leftovers.ts";
import type { MetadataStore } from "../../src/ports/metadata-store.ts";
import type { SmallArchiveStore } from "../../src/ports/small-archives.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { bodyOf, type OperationWorld, openOperationWorld } from "../support/operation-world.ts";
import { describePayload, MIB, makePayload, type Payload } from "../support/payload.ts";

const SMALL = makePayload(4096, "small");
const neverStops = new AbortController().signal;

let world: OperationWorld;

beforeEach(async () => {
  world = await openOperationWorld({ rows: true });
  await world.metadata.boots.insert(1, world.time.nowMs);
});

afterEach(() => world.close());

/** The world's metadata, but for what is given. */
function overMetadata(parts: Partial<MetadataStore>): MetadataStore {
  const { metadata } = world;
  return {
    ...metadata,
    transaction: (run) => metadata.transaction(run),
    close: () => metadata.close(),
    ...parts,
  };
}

async function listRows(): Promise<readonly BlobId[]> {
  return await world.metadata.smallBlobs.listIds({ after: undefined, limit: 100 });
}

function countFiles(): number {
  return world.blobs.contents.blobs.size;
}

async function collect(): Promise<number> {
  const { metadata, blobs } = world.services;
  return await collectGarbage({ metadata, blobs, logger: silentLogger }, neverStops);
}

async function sendPart(uploadId: string, start: number, payload: Payload) {
  const end = start + payload.bytes.length - 1;
  const body = bodyOf(payload);
  const range = `bytes ${start}-${end}/*`;
  await world.perform.UploadMultipartPart({ uploadId, range, checksum: payload.treeHash, body });
}

describe("a small archive", () => {
  it("is one row with its bytes, and goes with the archive", async () => {
    const archiveId = await world.uploadArchive(SMALL);
    const [blobId, ...others] = await listRows();
    assert.deepEqual([others.length, countFiles()], [0, 0]);
    const stored = await world.metadata.smallBlobs.find(blobId as BlobId);
    assert.ok(SMALL.bytes.equals(stored ?? new Uint8Array(0)));
    assert.equal(await collect(), 0);
    await world.perform.DeleteArchive({ archiveId });
    assert.equal((await listRows()).length, 1, "nothing is removed before it is garbage");
    assert.equal(await collect(), 1);
    assert.deepEqual(await listRows(), []);
  });

  it("stays while a job that was given its bytes lasts", async () => {
    const archiveId = await world.uploadArchive(SMALL);
    const jobId = await world.initiateJob({ Type: "archive-retrieval", ArchiveId: archiveId });
    await world.finishRetrieval(jobId, SMALL.treeHash);
    await world.perform.DeleteArchive({ archiveId });
    assert.equal(await collect(), 0);
    assert.equal((await listRows()).length, 1);
    await world.metadata.jobs.remove(jobId as never);
    assert.equal(await collect(), 1);
    assert.deepEqual(await listRows(), []);
  });

  it("leaves nothing when the transaction fails, whether before or at the commit", async () => {
    const full = new Error("database or disk is full");
    const { smallArchives } = world.metadata;
    const failing: readonly SmallArchiveStore["add"][] = [
      () => Promise.reject(full),
      (vaultId, decide) =>
        smallArchives.add(vaultId, (vault) => {
          decide(vault);
          throw full;
        }),
    ];
    for (const add of failing) {
      const metadata = overMetadata({ smallArchives: { add } });
      const services = { ...world.services, metadata };
      const upload = { checksum: SMALL.treeHash, body: bodyOf(SMALL) };
      await assert.rejects(world.perform.UploadArchive(upload, { services }), full);
    }
    assert.deepEqual([await listRows(), countFiles()], [[], 0]);
    assert.equal((await world.getVault()).archiveCount, 0);
  });

  it("is kept when its commit took effect although it was reported as failed", async () => {
    const add: SmallArchiveStore["add"] = async (vaultId, decide) => {
      await world.metadata.smallArchives.add(vaultId, decide);
      throw new Error("connection lost");
    };
    const metadata = overMetadata({ smallArchives: { add } });
    const services = { ...world.services, metadata };
    const upload = { checksum: SMALL.treeHash, body: bodyOf(SMALL) };
    await assert.rejects(world.perform.UploadArchive(upload, { services }), /connection lost/);
    assert.equal((await listRows()).length, 1);
    assert.equal((await world.getVault()).archiveCount, 1);
  });

  it("is left alone by the sweep, which removes a row that nothing names", async () => {
    await world.uploadArchive(SMALL);
    const named = await listRows();
    const stray = `00000001${"0".repeat(24)}` as BlobId;
    await world.metadata.smallBlobs.insert({ blobId: stray, stored: Uint8Array.of(1) });
    const { metadata, blobs, clock } = world.services;
    const stores = { metadata, blobs, clock, logger: silentLogger };
    assert.equal(await createLeftoverSweep(stores as never, 2)(neverStops), 1);
    assert.deepEqual(await listRows(), named);
  });

  it("goes with its vault, once the vault is purged", async () => {
    const archiveId = await world.uploadArchive(SMALL);
    await world.perform.DeleteArchive({ archiveId });
    await world.perform.DeleteVault();
    await world.metadata.vaults.purgeRemovedVaults(100);
    await collect();
    assert.deepEqual(await listRows(), []);
  });
});

describe("a small part of an upload", () => {
  async function initiate(): Promise<string> {
    return String(
      (await world.perform.InitiateMultipartUpload({ partSize: String(MIB) })).uploadId,
    );
  }

  it("is replaced with its row when it is sent again", async () => {
    const uploadId = await initiate();
    await sendPart(uploadId, 0, SMALL);
    await sendPart(uploadId, 0, makePayload(2000, "again"));
    assert.equal((await listRows()).length, 2);
    assert.equal(await collect(), 1);
    const [blobId] = await listRows();
    const stored = await world.metadata.smallBlobs.find(blobId as BlobId);
    assert.ok(makePayload(2000, "again").bytes.equals(stored ?? new Uint8Array(0)));
  });

  it("goes when the upload is aborted", async () => {
    const uploadId = await initiate();
    await sendPart(uploadId, 0, SMALL);
    await world.perform.AbortMultipartUpload({ uploadId });
    assert.equal(await collect(), 1);
    assert.deepEqual(await listRows(), []);
  });

  it("is the end of an archive whose other parts are files", async () => {
    const bytes = makePayload(MIB + 100, "both").bytes;
    const whole = describePayload(bytes);
    const uploadId = await initiate();
    await sendPart(uploadId, 0, describePayload(bytes.subarray(0, MIB)));
    await sendPart(uploadId, MIB, describePayload(bytes.subarray(MIB)));
    const { archiveId } = await world.perform.CompleteMultipartUpload({
      uploadId,
      archiveSize: String(bytes.length),
      checksum: whole.treeHash,
    });
    assert.deepEqual([(await listRows()).length, countFiles()], [1, 1]);
    const archive = await world.metadata.archives.find(archiveId as ArchiveId);
    const page = { manifestId: archive!.manifestId, fromStartBytes: 0, limit: 10 };
    const read: Uint8Array[] = [];
    for (const part of await world.metadata.manifests.listPartsPage(page)) {
      const range = { start: 0, endExclusive: part.sizeBytes };
      for await (const chunk of world.services.blobs.read(part.blobId, range)) {
        read.push(chunk.slice());
      }
    }
    assert.ok(Buffer.concat(read).equals(bytes));
  });
});
