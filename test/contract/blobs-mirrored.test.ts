/** The contract of blob stores over two copies, and what the mirror adds to it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  emptyContents,
  type MemoryBlobs,
  openMemoryBlobs,
} from "../../src/adapters/blobs-memory/memory-blobs.ts";
import { createMirroredBlobs } from "../../src/adapters/blobs-mirrored/mirrored-blobs.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import { MIB } from "../../src/domain/limits.ts";
import type { BlobDigest, BlobStore } from "../../src/ports/blob-store.ts";
import {
  blobStoreSuite,
  nextBlobId,
  readBytes,
  storeBytes,
  writePieces,
} from "./blob-store.suite.ts";
import { generatorBytes } from "./generator.ts";

const SOURCE = generatorBytes(40 * MIB);

// What is damaged here is damaged in both copies: the mirrored store must behave as one alone does.
blobStoreSuite("mirrored", async () => {
  const contents = [emptyContents(), emptyContents()];
  const damaging = contents.map((it) => openMemoryBlobs(it));
  const open = async () => {
    const [primary, mirror] = contents.map((it) => openMemoryBlobs(it));
    const findLeaves = async () => undefined;
    return createMirroredBlobs({ primary: primary!, mirror: mirror!, findLeaves, suspect() {} });
  };
  const each = async (damage: (store: MemoryBlobs) => void) => damaging.forEach(damage);
  return {
    open,
    flipByte: (blobId, offset) => each((it) => it.corrupt(blobId, offset)),
    truncate: (blobId, sizeBytes) => each((it) => it.truncate(blobId, sizeBytes)),
    lose: (blobId) => each((it) => it.drop(blobId)),
    dispose: async () => undefined,
  };
});

interface Mirrored {
  readonly store: BlobStore;
  readonly primary: MemoryBlobs;
  readonly mirror: MemoryBlobs;
  readonly suspected: Set<BlobId>;
  /** Stores bytes that the metadata know of. */
  keep(bytes: Uint8Array): Promise<{ readonly blobId: BlobId; readonly digest: BlobDigest }>;
}

function openMirrored(): Mirrored {
  const [primary, mirror] = [openMemoryBlobs(), openMemoryBlobs()];
  const known = new Map<BlobId, BlobDigest>();
  const suspected = new Set<BlobId>();
  const store = createMirroredBlobs({
    primary,
    mirror,
    findLeaves: async (blobId) => known.get(blobId),
    suspect: (blobId) => void suspected.add(blobId),
  });
  const keep = async (bytes: Uint8Array) => {
    const stored = await storeBytes(store, bytes);
    known.set(stored.blobId, stored.digest);
    return stored;
  };
  return { store, primary, mirror, suspected, keep };
}

describe("a mirrored blob store", () => {
  it("has every committed blob in both stores, byte for byte", async () => {
    const { store, primary, mirror } = openMirrored();
    const bytes = SOURCE.subarray(0, 2 * MIB + 5);
    const { blobId } = await storeBytes(store, bytes, [7, MIB]);
    for (const copy of [primary, mirror]) {
      assert.ok((await readBytes(copy, blobId, [0, bytes.length])).equals(bytes));
    }
  });

  for (const [name, damage] of [
    ["changed", (copy: MemoryBlobs, blobId: BlobId) => copy.corrupt(blobId, 18 * MIB + 1)],
    ["cut off", (copy: MemoryBlobs, blobId: BlobId) => copy.truncate(blobId, 18 * MIB + 1)],
    ["lost", (copy: MemoryBlobs, blobId: BlobId) => copy.drop(blobId)],
  ] as const) {
    for (const which of ["primary", "mirror"] as const) {
      it(`gives the uploaded bytes, hashes and length of a blob that is ${name} in the ${which}`, async () => {
        const world = openMirrored();
        const bytes = SOURCE.subarray(0, 20 * MIB + 9);
        const { blobId, digest } = await world.keep(bytes);
        damage(world[which], blobId);
        const { store } = world;
        assert.ok((await readBytes(store, blobId, [0, bytes.length])).equals(bytes));
        const [start, end] = [17 * MIB + 3, 19 * MIB + 4];
        const middle = await readBytes(store, blobId, [start, end]);
        assert.ok(middle.equals(bytes.subarray(start, end)));
        const hashed = await store.hashLeaves(blobId, { firstLeaf: 0, leafCount: 21 });
        assert.deepEqual(Buffer.from(hashed), Buffer.from(digest.leaves));
        assert.equal(await store.findSize(blobId), bytes.length);
        assert.equal(
          world.suspected.has(blobId),
          which === "primary" || name !== "changed",
          "whoever repairs was to be told",
        );
      });
    }
  }

  it("joins what is sound in either copy, though both are damaged", async () => {
    const { store, primary, mirror, keep } = openMirrored();
    const bytes = SOURCE.subarray(0, 5 * MIB);
    const { blobId, digest } = await keep(bytes);
    primary.corrupt(blobId, 0);
    primary.corrupt(blobId, 3 * MIB);
    mirror.corrupt(blobId, MIB);
    mirror.truncate(blobId, 4 * MIB);
    assert.ok((await readBytes(store, blobId, [0, bytes.length])).equals(bytes));
    const hashed = await store.hashLeaves(blobId, { firstLeaf: 0, leafCount: 5 });
    assert.deepEqual(Buffer.from(hashed), Buffer.from(digest.leaves));
  });

  it("shows rot that is in both copies instead of hiding it", async () => {
    const { store, primary, mirror, keep } = openMirrored();
    const { blobId, digest } = await keep(SOURCE.subarray(0, 3 * MIB));
    primary.corrupt(blobId, MIB);
    mirror.corrupt(blobId, MIB + 1);
    const hashed = await store.hashLeaves(blobId, { firstLeaf: 0, leafCount: 3 });
    const same = [0, 1, 2].map((leaf) =>
      Buffer.from(hashed.subarray(32 * leaf, 32 * leaf + 32)).equals(
        digest.leaves.subarray(32 * leaf, 32 * leaf + 32),
      ),
    );
    assert.deepEqual(same, [true, false, true]);
  });

  for (const which of ["primary", "mirror"] as const) {
    for (const step of ["write", "finish", "commit"] as const) {
      it(`keeps nothing of a blob whose ${step} fails in the ${which}`, async () => {
        const stores = { primary: openMemoryBlobs(), mirror: openMemoryBlobs() };
        const failing = failAt(stores[which], step);
        const store = createMirroredBlobs({
          ...stores,
          [which]: failing,
          findLeaves: async () => undefined,
          suspect() {},
        });
        const blobId = nextBlobId();
        const writer = await store.openWriter(blobId, 10);
        await assert.rejects(async () => {
          await writePieces(writer, SOURCE.subarray(0, 10));
          await writer.finish();
          await writer.commit();
        }, /no room/);
        await writer.abort();
        assert.deepEqual(await Array.fromAsync(store.list()), []);
        assert.equal(await store.sweepTemporary(), 0);
      });
    }
  }

  it("lists a blob that a crash left in the mirror alone, and removes it", async () => {
    const { store, primary, mirror } = openMirrored();
    const { blobId } = await storeBytes(store, SOURCE.subarray(0, 10));
    primary.drop(blobId);
    assert.deepEqual((await Array.fromAsync(store.list())).flat(), [blobId]);
    await store.remove(blobId);
    assert.equal(mirror.contents.blobs.size, 0);
  });

  it("begins a boot higher than any that either store has seen", async () => {
    const { store, mirror } = openMirrored();
    await store.beginBoot(3);
    await mirror.beginBoot(8);
    assert.equal(await store.lastBoot(), 8);
    await store.beginBoot(9);
    assert.equal(await mirror.lastBoot(), 9);
  });
});

function failAt(store: MemoryBlobs, step: "write" | "finish" | "commit"): BlobStore {
  const fail = async () => {
    throw new Error("no room");
  };
  return {
    ...methodsOf(store),
    openWriter: async (blobId, size) => {
      const writer = await store.openWriter(blobId, size);
      const whole = {
        write: (chunk: Uint8Array) => writer.write(chunk),
        finish: () => writer.finish(),
        commit: () => writer.commit(),
        abort: () => writer.abort(),
      };
      return { ...whole, [step]: fail };
    },
  };
}

function methodsOf(store: BlobStore): Omit<BlobStore, "openWriter"> {
  return {
    read: (blobId, range) => store.read(blobId, range),
    hashLeaves: (blobId, range) => store.hashLeaves(blobId, range),
    findPlace: (blobId) => store.findPlace(blobId),
    findSize: (blobId) => store.findSize(blobId),
    describeSpace: () => store.describeSpace(),
    remove: (blobId) => store.remove(blobId),
    list: () => store.list(),
    sweepTemporary: () => store.sweepTemporary(),
    lastBoot: () => store.lastBoot(),
    beginBoot: (boot) => store.beginBoot(boot),
    close: () => store.close(),
  };
}
