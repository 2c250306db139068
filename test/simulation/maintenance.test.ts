/** Background tasks one by one, on real metadata. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BlobId } from "../../src/domain/ids.ts";
import { Client } from "./client.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS, World } from "./world.ts";

async function writeUnknownBlob(world: World, blobId: BlobId): Promise<void> {
  const writer = await world.blobs.openWriter(blobId, 1);
  await writer.write(Uint8Array.of(1));
  await writer.finish();
  await writer.commit();
}

function blobOfBoot(boot: number): BlobId {
  return `${boot.toString(16).padStart(8, "0")}${"0".repeat(24)}` as BlobId;
}

async function close(world: World): Promise<void> {
  await world.crash();
  await world.close();
}

describe("beginBoot", () => {
  it("takes a number above all that storage and metadata have seen", async () => {
    const world = await World.open();
    await world.blobs.beginBoot(7);
    await world.boot();
    assert.deepEqual([...(await world.metadata.boots.list())], [8]);
    assert.equal(await world.blobs.lastBoot(), 8);
    await world.crash();
    await world.metadata.boots.insert(12, 0);
    await world.boot();
    assert.equal(await world.blobs.lastBoot(), 13);
    await close(world);
  });
});

describe("the sweep of leftovers", () => {
  it("removes unknown blobs of earlier boots at the next start", async () => {
    const world = await World.open();
    await world.boot();
    await writeUnknownBlob(world, blobOfBoot(1));
    await world.blobs.openWriter(blobOfBoot(0), 1);
    await world.crash();
    await world.boot();
    assert.equal(world.blobs.contents.blobs.size, 0);
    assert.equal(world.blobs.contents.temporary.size, 0);
    await close(world);
  });

  it("removes unknown blobs of the running boot when two sweeps an hour apart find them", async () => {
    const world = await World.open({ maintenanceRuns: false });
    const { maintenance } = await world.boot();
    await writeUnknownBlob(world, blobOfBoot(1));
    await maintenance.runOnce();
    await world.jump(HOUR_MS - 1);
    await maintenance.runOnce();
    assert.equal(world.blobs.contents.blobs.size, 1);
    await world.jump(1);
    await maintenance.runOnce();
    assert.equal(world.blobs.contents.blobs.size, 0);
    await close(world);
  });

  it("keeps blobs of boots that the metadata does not know, and warns once", async () => {
    const world = await World.open({ maintenanceRuns: false });
    const { maintenance } = await world.boot();
    await writeUnknownBlob(world, blobOfBoot(900));
    for (let round = 0; round < 3; round += 1) {
      await maintenance.runOnce();
      await world.jump(2 * HOUR_MS);
    }
    assert.equal(world.blobs.contents.blobs.size, 1);
    const warnings = world.log.filter((line) => line.level === "warn");
    assert.deepEqual(
      warnings.map((line) => line.fields),
      [{ blobCount: 1 }],
    );
    await close(world);
  });
});

describe("maintenance", () => {
  it("goes on with the other tasks, and with the same one later, when a task fails", async () => {
    let isBroken = true;
    const world = await World.open();
    const node = await world.boot({
      blobs: (store) => ({
        ...store,
        remove: (blobId) =>
          isBroken ? Promise.reject(new Error("read-only")) : store.remove(blobId),
        sweepTemporary: () =>
          isBroken ? Promise.reject(new Error("read-only")) : store.sweepTemporary(),
      }),
    });
    const client = new Client(world, node);
    const { vaultId } = await client.createVault("photos");
    const uploadId = node.ids.uploadId();
    await client.initiateUpload(vaultId, uploadId);
    await client.uploadPart(uploadId, 0, Uint8Array.of(1));
    await client.abortUpload(uploadId);
    await world.jump(MINUTE_MS);
    assert.equal(world.blobs.contents.blobs.size, 1);
    await world.jump(48 * HOUR_MS);
    assert.equal(await world.metadata.uploads.find(uploadId), undefined);
    isBroken = false;
    await world.jump(5 * SECOND_MS);
    assert.equal(world.blobs.contents.blobs.size, 0);
    await close(world);
  });

  it("ends when it is told to, even during a sleep", async () => {
    const world = await World.open();
    const node = await world.boot();
    await Promise.all([node.maintenance.stop(), world.settle()]);
    const logged = world.log.length;
    await world.jump(2 * HOUR_MS);
    assert.equal(world.log.length, logged);
    await close(world);
  });
});

describe("the refresh of inventories", () => {
  it("takes the first inventory one interval after the first write, and moves only with changes", async () => {
    const world = await World.open({ inventory: { kind: "periodic", intervalMs: HOUR_MS } });
    const node = await world.boot();
    const client = new Client(world, node);
    const { vaultId } = await client.createVault("photos");
    const upload = async () => {
      const archiveId = node.ids.archiveId();
      const data = Uint8Array.of(1, 2);
      await client.uploadArchive(vaultId, { archiveId, data, description: undefined });
    };
    const lastInventory = async () => (await world.metadata.vaults.get(vaultId))?.lastInventory;
    await world.jump(9 * HOUR_MS);
    const firstWriteMs = world.time.nowMs;
    await upload();
    await world.jump(HOUR_MS - 1);
    assert.equal(await lastInventory(), undefined);
    await world.jump(SECOND_MS + 1);
    const first = await lastInventory();
    assert.deepEqual(
      { archiveCount: first?.archiveCount, archiveBytes: first?.archiveBytes },
      { archiveCount: 1, archiveBytes: 2n },
    );
    assert.ok(first!.takenAtMs >= firstWriteMs + HOUR_MS);
    await world.pass(5 * HOUR_MS, 10);
    assert.deepEqual(await lastInventory(), first);
    await upload();
    await world.pass(HOUR_MS + 2 * SECOND_MS, 4);
    assert.equal((await lastInventory())?.archiveCount, 2);
    await close(world);
  });
});
