/** The contract of `BlobStore` (src/ports/blob-store.ts); every adapter runs it. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { BlobDamage, type BlobDamageKind } from "../../src/domain/blob.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import { KIB, LEAF_BYTES, MIB } from "../../src/domain/limits.ts";
import { treeHashOfNodes } from "../../src/domain/tree-hash.ts";
import type { LeafReader, OpenLeaves } from "../../src/ports/blob-place.ts";
import type { BlobDigest, BlobStore, BlobWriter } from "../../src/ports/blob-store.ts";
import { sha256 } from "../../src/std/hasher-node.ts";
import { generatorBytes } from "./generator.ts";

/** How the suite gets at one adapter. */
export interface BlobStoreFixture {
  /** A store over this fixture's contents; a second one is what a process started after a crash sees. */
  open(): Promise<BlobStore>;
  flipByte(blobId: BlobId, offset: number): Promise<void>;
  truncate(blobId: BlobId, sizeBytes: number): Promise<void>;
  lose(blobId: BlobId): Promise<void>;
  dispose(): Promise<void>;
  /** Whether other threads can read its blobs. */
  readonly hasPlaces?: boolean;
}

/** Contract §3.5: size of G, tree hash, linear hash. */
const VECTORS: readonly (readonly [number, string, string])[] = [
  [
    0,
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  ],
  [
    1,
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  ],
  [
    MIB - 1,
    "1be2d292767b38cd9da3dc78a540e3a598cf8670c012237e6323aebf286fa299",
    "1be2d292767b38cd9da3dc78a540e3a598cf8670c012237e6323aebf286fa299",
  ],
  [
    MIB,
    "a3f086db33d8d23279d0f880c267cd323db1593b960a23b3793f26cefbf50528",
    "a3f086db33d8d23279d0f880c267cd323db1593b960a23b3793f26cefbf50528",
  ],
  [
    MIB + 1,
    "237d8d7943fb7316f81c632cfcf909011024de0880861d7f799a52f4a81e7c44",
    "cc0b626bd39efb3d8298638829fcbac2711c8f6942d5a26261bf646734de632e",
  ],
  [
    2 * MIB,
    "137d7f26a8063f4b053e6b40fb25624c22c18423b37f836414616a24ae14bce2",
    "b62b7abb77d6c69736ea9798bfe441aa1853d43c7012e335e97e3a56b98e3c97",
  ],
  [
    3_250_585,
    "a8d917746c379e7f36f4eda160a75490b47a25bd555faf892e73ac23794bbe27",
    "46f1d2a81e9cd1107c264947ed845fd8c64c1b26c5e7a82465b5895fdbc5284e",
  ],
  [
    6_815_744,
    "1c31690af0c2b3f4b53956e77a2aa8d6436c0c1ebd3e30b10e258f543d0b4e5d",
    "abd09cc61daa3ca7dafabacac2e1aafe407745c79e9e01ea632ae65aa16a32ba",
  ],
  [
    8 * MIB,
    "76d31908b47c7d05ee6a869e1a3ceed2f29e8d06368548dee1931cb68a6e3343",
    "f8ce9758905e9549f258f14440c528ff5b2c7b7a16068635afb98dd0244d2382",
  ],
];

const SOURCE = generatorBytes(9 * MIB);
const SLOT = 256 * KIB;
let lastBlob = 0;

/** A fresh id; neighbours fall into different shards. */
export function nextBlobId(): BlobId {
  lastBlob += 1;
  return (`0000000100000000${lastBlob.toString(16).padStart(14, "0")}` +
    (lastBlob % 256).toString(16).padStart(2, "0")) as BlobId;
}

/** Writes `bytes` in pieces that end at `cuts`, reusing one buffer as a socket may. */
export async function writePieces(
  writer: BlobWriter,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): Promise<void> {
  let start = 0;
  for (const end of [...cuts, bytes.length]) {
    const piece = bytes.slice(start, end);
    await writer.write(piece);
    piece.fill(0xee);
    start = end;
  }
}

/** Stores `bytes` under a fresh id. */
export async function storeBytes(
  store: BlobStore,
  bytes: Uint8Array,
  cuts?: readonly number[],
): Promise<{ readonly blobId: BlobId; readonly digest: BlobDigest }> {
  const blobId = nextBlobId();
  const writer = await store.openWriter(blobId, bytes.length);
  await writePieces(writer, bytes, cuts);
  const digest = await writer.finish();
  await writer.commit();
  return { blobId, digest };
}

/** All bytes of a range, copied while they are valid. */
export async function readBytes(
  store: BlobStore,
  blobId: BlobId,
  [start, endExclusive]: readonly [number, number],
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(blobId, { start, endExclusive })) {
    chunks.push(chunk.slice());
  }
  return Buffer.concat(chunks);
}

/** A store that can't tell gives the bytes with the flipped one among the first eight; an encrypted one refuses. */
async function expectFlipped(store: BlobStore, blobId: BlobId, bytes: Uint8Array): Promise<void> {
  try {
    const found = await readBytes(store, blobId, [0, bytes.length]);
    assert.ok(!found.equals(bytes) && found.subarray(8).equals(bytes.subarray(8)));
  } catch (error) {
    assert.ok(isDamage("rotten", blobId)(error), String(error));
  }
}

/** Reads the blob as another thread does. */
async function openPlace(store: BlobStore, blobId: BlobId): Promise<LeafReader | undefined> {
  const place = await store.findPlace(blobId);
  if (place === undefined) {
    return undefined;
  }
  const { module, facts } = structuredClone(place);
  // The port says what the module exports.
  const { openLeaves } = (await import(module)) as { readonly openLeaves: OpenLeaves };
  return openLeaves(facts);
}

function refuse(): never {
  throw new Error("there is no place to read it at");
}

async function listIds(store: BlobStore): Promise<BlobId[]> {
  return (await Array.fromAsync(store.list())).flat().sort();
}

function isDamage(kind: BlobDamageKind, blobId: BlobId): (error: unknown) => boolean {
  return (error) => error instanceof BlobDamage && error.kind === kind && error.blobId === blobId;
}

/** Registers the suite for one adapter. */
export function blobStoreSuite(name: string, makeFixture: () => Promise<BlobStoreFixture>): void {
  describe(`BlobStore: ${name}`, () => {
    let fixture: BlobStoreFixture;
    let store: BlobStore;
    before(async () => {
      fixture = await makeFixture();
      store = await fixture.open();
    });
    after(async () => {
      await store.close();
      await fixture.dispose();
    });

    for (const [sizeBytes, treeHash, linear] of VECTORS) {
      it(`computes the published hashes of G[${sizeBytes}] and gives the bytes back`, async () => {
        const bytes = SOURCE.subarray(0, sizeBytes);
        const { blobId, digest } = await storeBytes(store, bytes);
        assert.equal(digest.sizeBytes, sizeBytes);
        assert.equal(digest.sha256, linear);
        assert.equal(treeHashOfNodes(digest.leaves, sha256), treeHash);
        assert.ok((await readBytes(store, blobId, [0, sizeBytes])).equals(bytes));
      });
    }

    it("stores bodies around slot and leaf borders, cut anywhere, and re-hashes the same leaves", async () => {
      const border = fc.constantFrom(0, SLOT, 2 * SLOT, MIB, MIB + SLOT, 2 * MIB, 3 * MIB);
      const size = fc
        .tuple(border, fc.integer({ min: -2, max: 2 }))
        .map(([at, off]) => Math.max(0, at + off));
      const body = size.chain((sizeBytes) =>
        fc.record({
          sizeBytes: fc.constant(sizeBytes),
          cuts: fc.array(fc.nat(sizeBytes), { maxLength: 12 }).map((c) => c.sort((a, b) => a - b)),
        }),
      );
      await fc.assert(
        fc.asyncProperty(body, async ({ sizeBytes, cuts }) => {
          const bytes = SOURCE.subarray(5, 5 + sizeBytes);
          const { blobId, digest } = await storeBytes(store, bytes, cuts);
          assert.equal(digest.sizeBytes, sizeBytes);
          assert.equal(digest.sha256, hash("sha256", bytes, "hex"));
          const leafCount = Math.max(1, Math.ceil(sizeBytes / LEAF_BYTES));
          assert.equal(digest.leaves.length, 32 * leafCount);
          const again = await store.hashLeaves(blobId, { firstLeaf: 0, leafCount });
          assert.deepEqual(Buffer.from(again), Buffer.from(digest.leaves));
          assert.ok((await readBytes(store, blobId, [0, sizeBytes])).equals(bytes));
          await store.remove(blobId);
        }),
        { numRuns: 60 },
      );
    });

    it("reads any range", async () => {
      const { blobId } = await storeBytes(store, SOURCE.subarray(0, 3 * MIB + 77));
      const offset = fc.oneof(
        fc.nat(3 * MIB + 77),
        fc.constantFrom(0, 1, SLOT - 1, SLOT, SLOT + 1, MIB, 3 * MIB + 76, 3 * MIB + 77),
      );
      await fc.assert(
        fc.asyncProperty(offset, offset, async (a, b) => {
          const [start, end] = [Math.min(a, b), Math.max(a, b)];
          const read = await readBytes(store, blobId, [start, end]);
          assert.ok(read.equals(SOURCE.subarray(start, end)));
        }),
        { numRuns: 60 },
      );
    });

    it("keeps a chunk valid until the second chunk after it is asked for", async () => {
      const { blobId } = await storeBytes(store, SOURCE.subarray(0, 4 * MIB));
      let offset = 0;
      let earlier: { readonly chunk: Uint8Array; readonly start: number } | undefined;
      for await (const chunk of store.read(blobId, { start: 0, endExclusive: 4 * MIB })) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (earlier !== undefined) {
          const { start } = earlier;
          const expected = SOURCE.subarray(start, start + earlier.chunk.length);
          assert.ok(Buffer.from(earlier.chunk).equals(expected), `chunk at ${start} changed`);
        }
        earlier = { chunk, start: offset };
        offset += chunk.length;
      }
      assert.equal(offset, 4 * MIB);
    });

    it("re-hashes any run of leaves", async () => {
      const { blobId, digest } = await storeBytes(store, SOURCE.subarray(0, 5 * MIB + 9));
      for (const [firstLeaf, leafCount] of [
        [0, 1],
        [1, 3],
        [4, 2],
        [5, 1],
        [2, 0],
      ] as const) {
        const leaves = await store.hashLeaves(blobId, { firstLeaf, leafCount });
        const expected = digest.leaves.subarray(32 * firstLeaf, 32 * (firstLeaf + leafCount));
        assert.deepEqual(Buffer.from(leaves), Buffer.from(expected));
      }
    });

    it("lets another thread read a blob where it says that it lies", async (t) => {
      const bytes = SOURCE.subarray(0, 2 * MIB + SLOT + 9);
      const { blobId } = await storeBytes(store, bytes);
      const reader = await openPlace(store, blobId);
      assert.equal(reader !== undefined, fixture.hasPlaces === true);
      if (reader === undefined) {
        t.skip("its bytes are within reach of one thread only");
        return;
      }
      for (const leaf of [2, 0, 1, 2]) {
        const expected = bytes.subarray(leaf * MIB, (leaf + 1) * MIB);
        const target = new Uint8Array(expected.length);
        reader.read(leaf, target);
        assert.ok(Buffer.from(target).equals(expected), `leaf ${leaf}`);
      }
      assert.throws(() => reader.read(3, new Uint8Array(1)));
      reader.close();
      await fixture.truncate(blobId, MIB);
      // What was cut is found at the latest when it is read.
      const cut = await openPlace(store, blobId);
      assert.throws(() => (cut ?? refuse()).read(1, new Uint8Array(MIB)));
      cut?.close();
      await fixture.lose(blobId);
      await assert.rejects(async () => (await openPlace(store, blobId)) ?? refuse());
    });

    it("shows nothing of a blob before its commit", async () => {
      const blobId = nextBlobId();
      const writer = await store.openWriter(blobId, MIB);
      await writePieces(writer, SOURCE.subarray(0, MIB));
      const isMissing = isDamage("missing", blobId);
      await assert.rejects(readBytes(store, blobId, [0, 1]), isMissing);
      await writer.finish();
      await assert.rejects(readBytes(store, blobId, [0, 1]), isMissing);
      await assert.rejects(store.hashLeaves(blobId, { firstLeaf: 0, leafCount: 1 }), isMissing);
      assert.ok(!(await listIds(store)).includes(blobId));
      await writer.commit();
      assert.ok((await listIds(store)).includes(blobId));
    });

    it("leaves nothing of a blob aborted before, during and after its bytes were finished", async () => {
      for (const sizeBytes of [0, 10, 3 * MIB]) {
        const unfinished = await store.openWriter(nextBlobId(), sizeBytes);
        const inFlight = unfinished.write(SOURCE.subarray(0, sizeBytes));
        const settled = inFlight?.catch(() => undefined);
        await unfinished.abort();
        await unfinished.abort();
        await settled;
        const finishing = await store.openWriter(nextBlobId(), sizeBytes);
        await writePieces(finishing, SOURCE.subarray(0, sizeBytes));
        const finish = finishing.finish().then(
          () => "finished",
          () => "refused",
        );
        await finishing.abort();
        assert.match(await finish, /finished|refused/);
        const finished = await store.openWriter(nextBlobId(), sizeBytes);
        await writePieces(finished, SOURCE.subarray(0, sizeBytes));
        await finished.finish();
        await finished.abort();
        await assert.rejects(finished.commit());
      }
      assert.equal(await store.sweepTemporary(), 0);
    });

    it("shows a committed blob after a crash, and sweeps what was not committed", async () => {
      const { blobId } = await storeBytes(store, SOURCE.subarray(0, 2 * MIB));
      const open = await store.openWriter(nextBlobId(), 2 * MIB);
      await writePieces(open, SOURCE.subarray(0, 2 * MIB));
      await open.finish();
      assert.equal(await store.sweepTemporary(), 0, "a writer of this process was swept");
      const restarted = await fixture.open();
      try {
        const read = await readBytes(restarted, blobId, [0, 2 * MIB]);
        assert.ok(read.equals(SOURCE.subarray(0, 2 * MIB)));
        assert.equal(await restarted.sweepTemporary(), 1);
        assert.equal(await restarted.sweepTemporary(), 0);
      } finally {
        await restarted.close();
      }
      await open.abort();
    });

    it("reports a missing blob, a truncated one, and shows rot in the leaves", async () => {
      const { blobId, digest } = await storeBytes(store, SOURCE.subarray(0, 3 * MIB));
      await fixture.flipByte(blobId, MIB + 3);
      const rotten = await store.hashLeaves(blobId, { firstLeaf: 0, leafCount: 3 });
      const same = [0, 1, 2].map((leaf) =>
        Buffer.from(rotten.subarray(32 * leaf, 32 * leaf + 32)).equals(
          digest.leaves.subarray(32 * leaf, 32 * leaf + 32),
        ),
      );
      assert.deepEqual(same, [true, false, true]);
      // Sound again: a store that authenticates what it reads serves no rotten byte.
      await fixture.flipByte(blobId, MIB + 3);
      await fixture.truncate(blobId, 2 * MIB);
      const isTruncated = isDamage("truncated", blobId);
      await assert.rejects(readBytes(store, blobId, [0, 3 * MIB]), isTruncated);
      await assert.rejects(readBytes(store, blobId, [3 * MIB - 1, 3 * MIB]), isTruncated);
      await assert.rejects(store.hashLeaves(blobId, { firstLeaf: 1, leafCount: 2 }), isTruncated);
      assert.equal((await readBytes(store, blobId, [0, 2 * MIB])).length, 2 * MIB);
      await fixture.lose(blobId);
      const isMissing = isDamage("missing", blobId);
      await assert.rejects(readBytes(store, blobId, [0, 1]), isMissing);
      await assert.rejects(store.hashLeaves(blobId, { firstLeaf: 0, leafCount: 1 }), isMissing);
    });

    it("replaces a damaged blob at its commit and not before, and leaves it when that is aborted", async () => {
      const bytes = SOURCE.subarray(0, 2 * MIB + 3);
      const { blobId, digest } = await storeBytes(store, bytes);
      await fixture.flipByte(blobId, 7);
      const given = await store.openWriter(blobId, bytes.length);
      await writePieces(given, bytes);
      await given.finish();
      await expectFlipped(store, blobId, bytes);
      await given.abort();
      await expectFlipped(store, blobId, bytes);
      const again = await store.openWriter(blobId, bytes.length);
      await writePieces(again, bytes);
      assert.deepEqual(await again.finish(), digest);
      await again.commit();
      assert.ok((await readBytes(store, blobId, [0, bytes.length])).equals(bytes));
    });

    it("removes a blob, also twice", async () => {
      const { blobId } = await storeBytes(store, SOURCE.subarray(0, 100));
      await store.remove(blobId);
      await store.remove(blobId);
      assert.ok(!(await listIds(store)).includes(blobId));
    });

    it("tells the length of a committed blob, and of no other", async () => {
      for (const length of [0, 1, 3 * MIB + 1]) {
        const { blobId } = await storeBytes(store, SOURCE.subarray(0, length));
        assert.equal(await store.findSize(blobId), length);
        await store.remove(blobId);
        assert.equal(await store.findSize(blobId), undefined);
      }
    });

    it("tells how much room there is, where there is a bound", async () => {
      const space = await store.describeSpace();
      assert.ok(
        space === undefined || (space.freeBytes >= 0 && space.totalBytes >= space.freeBytes),
      );
    });

    it("lists exactly the committed blobs", async () => {
      for (const old of await listIds(store)) {
        await store.remove(old);
      }
      const stored: BlobId[] = [];
      for (let index = 0; index < 20; index += 1) {
        stored.push((await storeBytes(store, SOURCE.subarray(0, index))).blobId);
      }
      assert.deepEqual(await listIds(store), stored.sort());
    });

    it("writes bodies side by side without mixing them", async () => {
      const bodies = Array.from({ length: 12 }, (_, k) => SOURCE.subarray(k, k + 2 * MIB + k));
      const stored = await Promise.all(
        bodies.map((bytes) => storeBytes(store, bytes, [1, 70_000, 70_001, MIB + 5])),
      );
      for (const [k, { blobId, digest }] of stored.entries()) {
        const bytes = bodies[k]!;
        assert.equal(digest.sha256, hash("sha256", bytes, "hex"));
        assert.ok((await readBytes(store, blobId, [0, bytes.length])).equals(bytes));
      }
    });

    it("remembers the highest boot across restarts and refuses to go back", async () => {
      const fresh = await makeFixture();
      const first = await fresh.open();
      assert.equal(await first.lastBoot(), 0);
      await first.beginBoot(1);
      await first.beginBoot(7);
      await assert.rejects(first.beginBoot(7), { name: "AssertionError" });
      await assert.rejects(first.beginBoot(6), { name: "AssertionError" });
      const second = await fresh.open();
      assert.equal(await second.lastBoot(), 7);
      await Promise.all([first.close(), second.close()]);
      await fresh.dispose();
    });

    it("aborts the writers that are open when it closes", async () => {
      const fresh = await makeFixture();
      const closing = await fresh.open();
      const writer = await closing.openWriter(nextBlobId(), 2 * MIB);
      await writePieces(writer, SOURCE.subarray(0, 2 * MIB));
      await closing.close();
      const next = await fresh.open();
      assert.equal(await next.sweepTemporary(), 0);
      await next.close();
      await fresh.dispose();
    });
  });
}
