import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ArchiveId } from "../../src/domain/ids.ts";
import { NOW_MS } from "../support/metadata-builders.ts";
import {
  bodyOf,
  DAILY,
  type OperationWorld,
  openOperationWorld,
  refusal,
  VAULT_PATH,
  vaultArn,
} from "../support/operation-world.ts";
import { MIB, makePayload } from "../support/payload.ts";

let world: OperationWorld;
beforeEach(async () => {
  world = await openOperationWorld();
});
afterEach(() => world.close());

const payload = makePayload(2 * MIB + 5, "archive");

function find(archiveId: string) {
  return world.metadata.archives.find(archiveId as ArchiveId);
}

describe("UploadArchive", () => {
  it("stores the bytes, records the archive and answers with its id, path and tree hash", async () => {
    const output = await world.perform.UploadArchive({
      archiveDescription: "  two words ",
      checksum: payload.treeHash,
      body: bodyOf(payload),
    });
    const archiveId = output.archiveId!;
    assert.match(archiveId, /^[A-Za-z0-9_-]{138}$/);
    assert.deepEqual(output, {
      location: `${VAULT_PATH}/archives/${archiveId}`,
      checksum: payload.treeHash,
      archiveId,
    });
    const archive = await find(archiveId);
    const { manifestId, vaultId, ...facts } = archive!;
    assert.deepEqual(facts, {
      archiveId,
      createdAtMs: NOW_MS,
      createdSequence: 1,
      sizeBytes: payload.bytes.length,
      treeHash: payload.treeHash,
      sha256: payload.sha256,
      description: "two words ",
      deletedSequence: undefined,
    });
    assert.equal(vaultId, (await world.getVault()).vaultId);
    const range = { start: 0, endExclusive: payload.bytes.length };
    const parts = await world.metadata.manifests.listPartsInRange(manifestId, range, 2);
    assert.equal(parts.length, 1);
    assert.equal(parts[0]?.leaves.length, 3 * 32);
    assert.deepEqual(
      world.blobs.contents.blobs.get(parts[0]!.blobId)?.toHex(),
      payload.bytes.toHex(),
    );
  });

  it("gives identical bytes a new id each time and counts both", async () => {
    const [first, second] = [
      await world.uploadArchive(payload),
      await world.uploadArchive(payload),
    ];
    assert.notEqual(first, second);
    const vault = await world.getVault();
    assert.deepEqual(
      [vault.archiveCount, vault.archiveBytes, vault.changeSequence],
      [2, 2n * BigInt(payload.bytes.length), 2],
    );
  });

  it("takes the tree hash in either case and answers in lower case", async () => {
    const checksum = payload.treeHash.toUpperCase();
    const output = await world.perform.UploadArchive({ checksum, body: bodyOf(payload) });
    assert.equal(output.checksum, payload.treeHash);
  });

  it("plans an inventory in periodic mode and none in live mode", async () => {
    await world.uploadArchive(payload);
    assert.equal((await world.getVault()).inventoryDueAtMs, undefined);
    await world.close();
    world = await openOperationWorld({ inventory: DAILY });
    await world.uploadArchive(payload);
    assert.equal((await world.getVault()).inventoryDueAtMs, NOW_MS + 24 * 60 * 60 * 1000);
  });

  it("refuses a bad description, then a malformed tree hash, before it reads the body", async () => {
    const body = {
      ...bodyOf(payload),
      // biome-ignore lint/correctness/useYield: it must never be asked for a chunk
      bytes: (async function* (): AsyncGenerator<Uint8Array> {
        assert.fail("the body was read");
      })(),
    };
    await assert.rejects(
      world.perform.UploadArchive({ archiveDescription: "größe", checksum: "short", body }),
      refusal("InvalidParameterValueException", /^Invalid x-amz-archive-description: /),
    );
    await assert.rejects(
      world.perform.UploadArchive({
        archiveDescription: "x".repeat(1025),
        checksum: "short",
        body,
      }),
      refusal("InvalidParameterValueException", /^Invalid x-amz-archive-description: /),
    );
    await assert.rejects(
      world.perform.UploadArchive({ checksum: "short", body }),
      refusal("InvalidParameterValueException", "Invalid x-amz-sha256-tree-hash: short"),
    );
  });

  it("refuses another tree hash or linear hash and stores nothing", async () => {
    const other = "Ab".repeat(32);
    await assert.rejects(
      world.perform.UploadArchive({ checksum: other, body: bodyOf(payload) }),
      refusal(
        "InvalidParameterValueException",
        `Checksum mismatch: expected ${other}, computed ${payload.treeHash}`,
      ),
    );
    const body = { ...bodyOf(payload), sha256: other };
    await assert.rejects(
      world.perform.UploadArchive({ checksum: payload.treeHash, body }),
      refusal("InvalidSignatureException", /^The value passed in as x-amz-content-sha256 does not/),
    );
    assert.equal(world.blobs.contents.blobs.size, 0);
    assert.equal((await world.getVault()).changeSequence, 0);
  });

  it("discards the blob when its record cannot be stored, and passes the failure on", async () => {
    const { services } = world;
    const failure = new Error("disk full");
    const metadata = {
      ...world.metadata,
      manifests: world.metadata.manifests,
      transaction: () => Promise.reject(failure),
      close: () => world.metadata.close(),
    };
    await assert.rejects(
      world.perform.UploadArchive(
        { checksum: payload.treeHash, body: bodyOf(payload) },
        { services: { ...services, metadata } },
      ),
      failure,
    );
    assert.equal(world.blobs.contents.blobs.size, 0);
  });

  it("keeps the blob when the commit took effect although it was reported as failed", async () => {
    const { services } = world;
    const metadata = {
      ...world.metadata,
      manifests: world.metadata.manifests,
      transaction: async <T>(run: Parameters<typeof world.metadata.transaction<T>>[0]) => {
        await world.metadata.transaction(run);
        throw new Error("connection lost");
      },
      close: () => world.metadata.close(),
    };
    await assert.rejects(
      world.perform.UploadArchive(
        { checksum: payload.treeHash, body: bodyOf(payload) },
        { services: { ...services, metadata } },
      ),
      { message: "connection lost" },
    );
    assert.equal(world.blobs.contents.blobs.size, 1);
    assert.equal((await world.getVault()).archiveCount, 1);
  });
});

describe("DeleteArchive", () => {
  it("deletes an archive once, however often it is asked to", async () => {
    const archiveId = await world.uploadArchive(payload);
    const kept = await world.uploadArchive(makePayload(7, 7));
    assert.deepEqual(await world.perform.DeleteArchive({ archiveId }), {});
    assert.deepEqual(await world.perform.DeleteArchive({ archiveId }), {});
    const vault = await world.getVault();
    assert.deepEqual([vault.archiveCount, vault.archiveBytes, vault.changeSequence], [1, 7n, 3]);
    assert.equal((await find(archiveId))?.deletedSequence, 3);
    assert.equal((await find(kept))?.deletedSequence, undefined);
  });

  it("counts two deletes at the same moment as one", async () => {
    const archiveId = await world.uploadArchive(payload);
    await Promise.all([
      world.perform.DeleteArchive({ archiveId }),
      world.perform.DeleteArchive({ archiveId }),
    ]);
    assert.equal((await world.getVault()).archiveCount, 0);
    assert.equal((await world.getVault()).changeSequence, 2);
  });

  it("gives the archive's bytes up for collection", async () => {
    const archiveId = await world.uploadArchive(payload);
    const manifestId = (await find(archiveId))!.manifestId;
    assert.deepEqual(await world.metadata.manifests.listCollectable(10), []);
    await world.perform.DeleteArchive({ archiveId });
    assert.deepEqual(await world.metadata.manifests.listCollectable(10), [manifestId]);
  });

  it("marks the vault written in periodic mode", async () => {
    await world.close();
    world = await openOperationWorld({ inventory: DAILY });
    const archiveId = await world.uploadArchive(payload);
    const vault = await world.getVault();
    const { changeSequence, archiveCount, archiveBytes } = vault;
    const snapshot = { takenAtMs: NOW_MS, changeSequence, archiveCount, archiveBytes };
    await world.metadata.vaults.setInventory(vault.vaultId, snapshot, undefined);
    world.time.nowMs += 1000;
    await world.perform.DeleteArchive({ archiveId });
    assert.equal((await world.getVault()).inventoryDueAtMs, NOW_MS + 24 * 60 * 60 * 1000);
  });

  it("finds no archive of an id that never was or could not be", async () => {
    for (const archiveId of [
      "",
      "nonsense",
      "A".repeat(137),
      world.ids.archiveId(),
      "A".repeat(138),
    ]) {
      await assert.rejects(
        world.perform.DeleteArchive({ archiveId }),
        refusal("ResourceNotFoundException", `The archive ID was not found: ${archiveId}`),
      );
    }
  });

  it("names the vault in the path when another vault of the account has the archive", async () => {
    await world.perform.CreateVault({ vaultName: "other" });
    const archiveId = await world.uploadArchive(payload);
    await assert.rejects(
      world.perform.DeleteArchive({ vaultName: "other", archiveId }),
      refusal("InvalidParameterValueException", `Invalid vault name: ${vaultArn("other")}`),
    );
    assert.equal((await find(archiveId))?.deletedSequence, undefined);
  });

  it("finds no archive of another account or region, nor one that another vault deleted", async () => {
    const archiveId = await world.uploadArchive(payload);
    for (const caller of [{ accountId: "999900001111" }, { region: "eu-west-1" }]) {
      await world.perform.CreateVault({}, caller);
      await assert.rejects(
        world.perform.DeleteArchive({ archiveId }, caller),
        refusal("ResourceNotFoundException", `The archive ID was not found: ${archiveId}`),
      );
    }
    await world.perform.CreateVault({ vaultName: "other" });
    await world.perform.DeleteArchive({ archiveId });
    await assert.rejects(
      world.perform.DeleteArchive({ vaultName: "other", archiveId }),
      refusal("ResourceNotFoundException", `The archive ID was not found: ${archiveId}`),
    );
  });
});
