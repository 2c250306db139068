import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openBlobReplica } from "../../src/adapters/blobs-filesystem/blob-replica.ts";
import { openFilesystemBlobs } from "../../src/adapters/blobs-filesystem/filesystem-blobs.ts";
import { createKeyring, createMasterKey } from "../../src/adapters/master-keys/master-key.ts";
import { BlobDamage } from "../../src/domain/blob.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import { KIB, MIB } from "../../src/domain/limits.ts";
import type { Keyring } from "../../src/ports/keyring.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { blobStoreSuite, readBytes, storeBytes } from "./blob-store.suite.ts";
import { generatorBytes } from "./generator.ts";

const SOURCE = generatorBytes(2 * MIB);
const SEGMENT = 256 * KIB;
const [HEADER, TAG] = [192, 16];
const OLD = createMasterKey(new Uint8Array(32).fill(1));
const NEW = createMasterKey(new Uint8Array(32).fill(2));

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "moraine-encrypted-"));
}

function pathOf(folder: string, blobId: BlobId): string {
  return join(folder, "data", blobId.slice(-2), blobId);
}

/** Blobs of the suite are of boot 1. */
function openStore(folder: string, keyring: Keyring = createKeyring(OLD), fromBoot = 1) {
  return openFilesystemBlobs({ folder, logger: silentLogger, encryption: { keyring, fromBoot } });
}

function flip(path: string, offset: number, mask = 1): void {
  const fd = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, offset);
  writeSync(fd, Buffer.from([(byte[0] ?? 0) ^ mask]), 0, 1, offset);
  closeSync(fd);
}

/** Where byte `offset` of a blob lies in its file. */
function placeOf(offset: number): number {
  return HEADER + offset + Math.floor(offset / SEGMENT) * TAG;
}

blobStoreSuite("encrypted filesystem", async () => {
  const folder = makeFolder();
  return {
    open: () => openStore(folder),
    flipByte: async (blobId, offset) => flip(pathOf(folder, blobId), placeOf(offset)),
    truncate: async (blobId, sizeBytes) => truncateSync(pathOf(folder, blobId), placeOf(sizeBytes)),
    lose: async (blobId) => unlinkSync(pathOf(folder, blobId)),
    dispose: async () => rmSync(folder, { recursive: true }),
    hasPlaces: true,
  };
});

type Store = Awaited<ReturnType<typeof openStore>>;

async function withStore(
  work: (store: Store, folder: string, keyring: ReturnType<typeof createKeyring>) => Promise<void>,
): Promise<void> {
  const folder = makeFolder();
  const keyring = createKeyring(OLD);
  const store = await openStore(folder, keyring);
  try {
    await work(store, folder, keyring);
    assert.deepEqual(readdirSync(join(folder, "tmp")), [], "temporary files leaked");
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the store serves of a blob before it says that it is damaged; fails when it says nothing. */
async function readUntilDamage(store: Store, blobId: BlobId, length: number): Promise<Buffer> {
  const served: Uint8Array[] = [];
  try {
    for await (const chunk of store.read(blobId, { start: 0, endExclusive: length })) {
      served.push(chunk.slice());
    }
  } catch (error) {
    assert.ok(error instanceof BlobDamage, String(error));
    return Buffer.concat(served);
  }
  return assert.fail("a changed file was served as if it were sound");
}

/** Neither reading nor hashing takes the file for what was stored, and no wrong byte is served. */
async function expectDamage(
  store: Store,
  blobId: BlobId,
  { bytes, leaves }: { readonly bytes: Uint8Array; readonly leaves: Uint8Array },
): Promise<void> {
  const served = await readUntilDamage(store, blobId, bytes.length);
  assert.ok(served.equals(bytes.subarray(0, served.length)), "wrong bytes were served");
  try {
    const leafCount = leaves.length / 32;
    const found = await store.hashLeaves(blobId, { firstLeaf: 0, leafCount });
    assert.notDeepEqual(Buffer.from(found), Buffer.from(leaves));
  } catch (error) {
    assert.ok(error instanceof BlobDamage, String(error));
  }
}

describe("an encrypted blob store", () => {
  it("opens no file for others to send", async () => {
    await withStore(async (store) => {
      const { blobId } = await storeBytes(store, SOURCE.subarray(0, 3_000));
      assert.equal(await store.openFile?.(blobId, { start: 0, endExclusive: 3_000 }), undefined);
    });
  });

  it("writes nothing of the bytes, and every blob under a key of its own", async () => {
    await withStore(async (store, folder) => {
      const text = Buffer.from("the quick brown fox jumps over the lazy dog".repeat(30_000));
      for (const bytes of [text.subarray(0, 5_000), text]) {
        const files = [await storeBytes(store, bytes), await storeBytes(store, bytes)].map(
          ({ blobId }) => readFileSync(pathOf(folder, blobId)),
        );
        for (const file of files) {
          assert.ok(!file.includes("brown fox"));
          assert.equal(
            file.length,
            HEADER + bytes.length + TAG * Math.max(1, Math.ceil(bytes.length / SEGMENT)),
          );
        }
        assert.notDeepEqual(files[0]?.subarray(HEADER), files[1]?.subarray(HEADER));
      }
    });
  });

  it("reports every changed byte of header, segments and tags, and serves none", async () => {
    await withStore(async (store, folder) => {
      for (const length of [0, 1, 3_000, SEGMENT, 2 * SEGMENT + 700]) {
        const bytes = SOURCE.subarray(0, length);
        const { blobId, digest } = await storeBytes(store, bytes);
        const path = pathOf(folder, blobId);
        const fileBytes = readFileSync(path).length;
        const borders = [0, SEGMENT, 2 * SEGMENT, length].map(placeOf);
        const places = new Set([
          ...Array.from({ length: HEADER }, (_, index) => index),
          ...borders.flatMap((at) => Array.from({ length: 2 * TAG }, (_, by) => at - TAG + by)),
          ...Array.from({ length: 40 }, (_, step) => Math.floor((step * fileBytes) / 40)),
        ]);
        for (const place of [...places].filter((at) => at < fileBytes)) {
          flip(path, place, 1 << (place % 8));
          await expectDamage(store, blobId, { bytes, leaves: digest.leaves });
          flip(path, place, 1 << (place % 8));
        }
        assert.ok((await readBytes(store, blobId, [0, length])).equals(bytes));
      }
    });
  });

  it("reports files that were cut at any border or extended", async () => {
    await withStore(async (store, folder) => {
      const length = 3 * SEGMENT + 100;
      const bytes = SOURCE.subarray(0, length);
      const { blobId, digest } = await storeBytes(store, bytes);
      const path = pathOf(folder, blobId);
      const whole = readFileSync(path);
      const borders = [0, HEADER, placeOf(SEGMENT), placeOf(2 * SEGMENT), whole.length];
      const lengths = borders.flatMap((at) => [at - TAG, at - 1, at, at + 1]);
      for (const cut of lengths.filter((at) => at >= 0 && at < whole.length)) {
        writeFileSync(path, whole.subarray(0, cut));
        await expectDamage(store, blobId, { bytes, leaves: digest.leaves });
        const size = await store.findSize(blobId).catch((error: Error) => error.name);
        assert.notEqual(size, length);
      }
      for (const more of [Buffer.alloc(1), Buffer.alloc(TAG), whole.subarray(HEADER)]) {
        writeFileSync(path, whole);
        appendFileSync(path, more);
        await expectDamage(store, blobId, { bytes, leaves: digest.leaves });
        assert.notEqual(await store.findSize(blobId), length);
      }
    });
  });

  it("reports segments that changed places, and files that did, with or without their headers", async () => {
    await withStore(async (store, folder) => {
      const bytes = SOURCE.subarray(0, 3 * SEGMENT);
      const first = await storeBytes(store, bytes);
      const second = await storeBytes(store, bytes);
      const path = pathOf(folder, first.blobId);
      const [whole, other] = [readFileSync(path), readFileSync(pathOf(folder, second.blobId))];
      const segment = (file: Buffer, index: number) =>
        file.subarray(placeOf(index * SEGMENT), placeOf((index + 1) * SEGMENT));
      const header = whole.subarray(0, HEADER);
      const forgeries = [
        [header, segment(whole, 1), segment(whole, 0), segment(whole, 2)],
        [header, segment(whole, 0), segment(whole, 2), segment(whole, 1)],
        [header, segment(whole, 0), segment(whole, 0), segment(whole, 2)],
        [header, segment(whole, 0), segment(other, 1), segment(whole, 2)],
        [header, other.subarray(HEADER)],
        [other],
        [bytes],
      ];
      for (const forgery of forgeries) {
        writeFileSync(path, Buffer.concat(forgery));
        await expectDamage(store, first.blobId, { bytes, leaves: first.digest.leaves });
      }
    });
  });

  it("refuses a shorter blob whose header was changed to match", async () => {
    await withStore(async (store, folder) => {
      const { blobId, digest } = await storeBytes(store, SOURCE.subarray(0, 2 * SEGMENT));
      const path = pathOf(folder, blobId);
      const cut = readFileSync(path).subarray(0, placeOf(SEGMENT));
      cut.writeBigUInt64BE(BigInt(SEGMENT), 32);
      writeFileSync(path, cut);
      const bytes = SOURCE.subarray(0, SEGMENT);
      await expectDamage(store, blobId, { bytes, leaves: digest.leaves });
    });
  });

  it("serves a range of sound segments of a file that is rotten or cut elsewhere", async () => {
    await withStore(async (store, folder) => {
      const { blobId } = await storeBytes(store, SOURCE);
      const path = pathOf(folder, blobId);
      flip(path, placeOf(0));
      truncateSync(path, placeOf(5 * SEGMENT) + 7);
      const range = [SEGMENT + 3, 4 * SEGMENT - 1] as const;
      assert.ok((await readBytes(store, blobId, range)).equals(SOURCE.subarray(...range)));
    });
  });

  it("reads plain blobs of earlier boots beside encrypted ones, even such that look encrypted", async () => {
    const folder = makeFolder();
    const plain = await openFilesystemBlobs({ folder, logger: silentLogger });
    const stored = await storeBytes(plain, SOURCE);
    const other = makeFolder();
    const foreign = await openStore(other, createKeyring(NEW));
    const { blobId: foreignId } = await storeBytes(foreign, SOURCE.subarray(0, 500));
    const lookalike = await storeBytes(plain, readFileSync(pathOf(other, foreignId)));
    await Promise.all([plain.close(), foreign.close()]);
    const store = await openStore(folder, createKeyring(OLD), 2);
    try {
      for (const { blobId, digest } of [stored, lookalike]) {
        const { sizeBytes } = digest;
        assert.equal(await store.findSize(blobId), sizeBytes);
        const file = readFileSync(pathOf(folder, blobId));
        assert.ok((await readBytes(store, blobId, [0, sizeBytes])).equals(file));
        const leafCount = digest.leaves.length / 32;
        const leaves = await store.hashLeaves(blobId, { firstLeaf: 0, leafCount });
        assert.deepEqual(Buffer.from(leaves), Buffer.from(digest.leaves));
      }
      const written = await storeBytes(store, SOURCE);
      assert.ok((await readBytes(store, written.blobId, [0, SOURCE.length])).equals(SOURCE));
      assert.ok(!readFileSync(pathOf(folder, written.blobId)).equals(SOURCE));
    } finally {
      await store.close();
      for (const path of [folder, other]) {
        rmSync(path, { recursive: true });
      }
    }
  });

  it("says of a blob under a key that is not at hand that it is unreadable", async () => {
    await withStore(async (store, folder) => {
      const { blobId } = await storeBytes(store, SOURCE.subarray(0, 100));
      const stranger = await openStore(folder, createKeyring(NEW));
      await assert.rejects(readBytes(stranger, blobId, [0, 100]), {
        name: "BlobDamage",
        kind: "unreadable",
      });
      await stranger.close();
    });
  });
});

const ignore = async () => undefined;
const never = new AbortController().signal;

describe("putting blobs under another key", () => {
  it("changes the headers alone, while earlier, later and half-written blobs go on", async () => {
    await withStore(async (store, folder, keyring) => {
      const bodies = [0, 10, SEGMENT + 1, 2 * MIB].map((length) => SOURCE.subarray(0, length));
      const stored = await Promise.all(bodies.map((bytes) => storeBytes(store, bytes)));
      const before = stored.map(({ blobId }) => readFileSync(pathOf(folder, blobId)));
      const halfId = "00000001000000000000000000abcdef" as BlobId;
      const half = await store.openWriter(halfId, 100);
      await half.write(SOURCE.subarray(0, 100));
      await half.finish();
      keyring.begin(NEW);
      const readsBoth = await readBytes(store, stored[3]!.blobId, [5, 2 * MIB]);
      assert.ok(readsBoth.equals(SOURCE.subarray(5)));
      const sums = await store.rewrap(never, ignore);
      assert.deepEqual(sums, { rewrapped: 4, damaged: 0 });
      await half.commit();
      keyring.finish();
      assert.deepEqual(await store.rewrap(never, ignore), { rewrapped: 0, damaged: 0 });
      for (const [index, { blobId }] of stored.entries()) {
        const bytes = bodies[index]!;
        assert.ok((await readBytes(store, blobId, [0, bytes.length])).equals(bytes));
        const file = readFileSync(pathOf(folder, blobId));
        assert.deepEqual(file.subarray(HEADER), before[index]!.subarray(HEADER));
        assert.ok(!file.includes(Buffer.from(OLD.keyId, "hex")), "the earlier key's slot is there");
      }
      assert.ok((await readBytes(store, halfId, [0, 100])).equals(SOURCE.subarray(0, 100)));
    });
  });

  it("ends right from every state that a crash may leave", async () => {
    await withStore(async (store, folder, keyring) => {
      const { blobId } = await storeBytes(store, SOURCE);
      const path = pathOf(folder, blobId);
      const before = readFileSync(path);
      keyring.begin(NEW);
      await store.rewrap(never, ignore);
      const after = readFileSync(path);
      const both = Buffer.from(before);
      after.copy(both, 116, 116, HEADER);
      const torn = Buffer.from(before);
      after.copy(torn, 116, 116, 150);
      const halfCleared = Buffer.from(both);
      halfCleared.fill(0, 40, 80);
      for (const state of [before, torn, both, halfCleared, after]) {
        writeFileSync(path, state);
        assert.ok((await readBytes(store, blobId, [0, 100])).equals(SOURCE.subarray(0, 100)));
        await store.rewrap(never, ignore);
        const file = readFileSync(path);
        assert.ok(!file.includes(Buffer.from(OLD.keyId, "hex")));
        assert.ok((await readBytes(store, blobId, [0, 100])).equals(SOURCE.subarray(0, 100)));
        assert.equal(file.subarray(40, HEADER).filter((byte) => byte !== 0).length > 60, true);
      }
      keyring.finish();
      assert.ok((await readBytes(store, blobId, [0, 100])).equals(SOURCE.subarray(0, 100)));
    });
  });

  it("leaves the file that a backup shares as it was", async () => {
    await withStore(async (store, folder, keyring) => {
      const { blobId } = await storeBytes(store, SOURCE);
      const backup = join(folder, "backup");
      linkSync(pathOf(folder, blobId), backup);
      const before = readFileSync(backup);
      keyring.begin(NEW);
      await store.rewrap(never, ignore);
      keyring.finish();
      assert.deepEqual(readFileSync(backup), before);
      assert.ok((await readBytes(store, blobId, [0, SOURCE.length])).equals(SOURCE));
    });
  });

  it("counts blobs that no key opens, and goes on with the others", async () => {
    await withStore(async (store, folder, keyring) => {
      const damaged = await storeBytes(store, SOURCE.subarray(0, 10));
      const sound = await storeBytes(store, SOURCE.subarray(0, 20));
      flip(pathOf(folder, damaged.blobId), 70);
      keyring.begin(NEW);
      assert.deepEqual(await store.rewrap(never, ignore), { rewrapped: 1, damaged: 1 });
      keyring.finish();
      assert.equal((await readBytes(store, sound.blobId, [0, 20])).length, 20);
    });
  });

  it("ends early when it is told to, and can be repeated", async () => {
    await withStore(async (store, _folder, keyring) => {
      await storeBytes(store, SOURCE.subarray(0, 10));
      await storeBytes(store, SOURCE.subarray(0, 10));
      keyring.begin(NEW);
      const stop = new AbortController();
      const progress = async () => stop.abort(new Error("told to"));
      await assert.rejects(store.rewrap(stop.signal, progress), /told to/);
      assert.equal((await store.rewrap(never, ignore)).rewrapped, 1);
    });
  });
});

describe("a replica of encrypted blobs", () => {
  it("takes them by the size of their bytes, and tells damaged ones", async () => {
    await withStore(async (store, folder) => {
      const to = makeFolder();
      const replica = await openBlobReplica({ from: folder, to, mayLink: false });
      const { blobId } = await storeBytes(store, SOURCE);
      const blob = { blobId, sizeBytes: SOURCE.length };
      assert.equal(await replica.add(blob), "copied");
      assert.equal(await replica.add(blob), "present");
      assert.equal(await replica.add({ blobId, sizeBytes: SOURCE.length - 1 }), "damaged");
      const copy = await openStore(to);
      assert.ok((await readBytes(copy, blobId, [0, SOURCE.length])).equals(SOURCE));
      await copy.close();
      const cut = await storeBytes(store, SOURCE);
      truncateSync(pathOf(folder, cut.blobId), placeOf(SOURCE.length) - 1);
      assert.equal(await replica.add({ blobId: cut.blobId, sizeBytes: SOURCE.length }), "damaged");
      rmSync(to, { recursive: true });
    });
  });

  it("follows a rotation of keys, so that it opens with the key of its time", async () => {
    await withStore(async (store, folder, keyring) => {
      const to = makeFolder();
      const replica = await openBlobReplica({ from: folder, to, mayLink: true });
      const { blobId } = await storeBytes(store, SOURCE);
      const blob = { blobId, sizeBytes: SOURCE.length };
      assert.equal(await replica.add(blob), "linked");
      keyring.begin(NEW);
      await store.rewrap(never, ignore);
      const earlier = await openStore(to);
      assert.ok((await readBytes(earlier, blobId, [0, SOURCE.length])).equals(SOURCE));
      assert.equal(await replica.add(blob), "linked");
      assert.equal(await replica.add(blob), "present");
      const later = await openStore(to, createKeyring(NEW));
      assert.ok((await readBytes(later, blobId, [0, SOURCE.length])).equals(SOURCE));
      await Promise.all([earlier.close(), later.close()]);
      rmSync(to, { recursive: true });
    });
  });
});
