import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createSmallBlobForm } from "../../src/adapters/blobs-filesystem/small-blob-form.ts";
import { emptyContents, openMemoryBlobs } from "../../src/adapters/blobs-memory/memory-blobs.ts";
import {
  createRotatableSmallBlobs,
  createSmallBlobs,
} from "../../src/adapters/blobs-small/small-blobs.ts";
import { createKeyring, createMasterKey } from "../../src/adapters/master-keys/master-key.ts";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import { BlobDamage } from "../../src/domain/blob.ts";
import type { BlobId } from "../../src/domain/ids.ts";
import { KIB } from "../../src/domain/limits.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { KeyRotation } from "../../src/ports/key-rotation.ts";
import type { SmallBlobForm } from "../../src/ports/small-blobs.ts";
import { sha256 } from "../../src/std/hasher-node.ts";
import { silentLogger } from "../support/metadata-builders.ts";
import { blobStoreSuite, nextBlobId, readBytes, storeBytes } from "./blob-store.suite.ts";
import { generatorBytes } from "./generator.ts";

const BODY = generatorBytes(5_000);
const ALL = { firstLeaf: 0, leafCount: 1 };
const ZERO_LEAF = new Uint8Array(32);
const OLD_BYTES = new Uint8Array(32).fill(1);
const OLD = createMasterKey(OLD_BYTES);
const NEW = createMasterKey(new Uint8Array(32).fill(2));
/** Blobs of the suite are of boot 1. */
const FROM_BOOT = 1;

/** Blobs that are no rows pass through to the files. */
blobStoreSuite("small blobs over memory", async () => {
  const contents = emptyContents();
  const damaging = openMemoryBlobs(contents);
  const metadata = await openSqliteMetadata({ file: ":memory:", logger: silentLogger });
  const form = createSmallBlobForm(undefined);
  return {
    open: async () =>
      createSmallBlobs({ rows: metadata.smallBlobs, form, files: openMemoryBlobs(contents) }),
    flipByte: async (blobId, offset) => damaging.corrupt(blobId, offset),
    truncate: async (blobId, sizeBytes) => damaging.truncate(blobId, sizeBytes),
    lose: async (blobId) => damaging.drop(blobId),
    dispose: () => metadata.close(),
  };
});

interface Opened {
  readonly blobs: BlobStore & KeyRotation;
  readonly files: ReturnType<typeof openMemoryBlobs>;
  readonly metadata: Awaited<ReturnType<typeof openSqliteMetadata>>;
  readonly form: SmallBlobForm;
  readonly keyring: ReturnType<typeof createKeyring>;
  /** Adds a row as an upload does. */
  readonly add: (bytes: Uint8Array) => Promise<BlobId>;
  /** Changes what is kept in the row. */
  readonly damage: (blobId: BlobId, change: (stored: Uint8Array) => Uint8Array) => Promise<void>;
}

async function withRows(
  isEncrypted: boolean,
  work: (opened: Opened) => Promise<void>,
): Promise<void> {
  const metadata = await openSqliteMetadata({ file: ":memory:", logger: silentLogger });
  const keyring = createKeyring(OLD);
  const form = createSmallBlobForm(isEncrypted ? { keyring, fromBoot: FROM_BOOT } : undefined);
  const files = openMemoryBlobs();
  const rotatable = Object.assign(files, {
    rewrap: async () => ({ rewrapped: 10, damaged: 1 }),
  });
  const blobs = createRotatableSmallBlobs({
    metadata,
    form,
    files: rotatable,
    logger: silentLogger,
  });
  const add = async (bytes: Uint8Array) => {
    const blobId = nextBlobId();
    await metadata.smallBlobs.insert({ blobId, stored: form.seal(blobId, bytes) });
    return blobId;
  };
  const damage: Opened["damage"] = async (blobId, change) => {
    const stored = await metadata.smallBlobs.find(blobId);
    assert.ok(stored !== undefined);
    await metadata.smallBlobs.replace({ blobId, stored: change(new Uint8Array(stored)) });
  };
  try {
    await work({ blobs, files, metadata, form, keyring, add, damage });
  } finally {
    await metadata.close();
  }
}

async function expectDamage(work: Promise<unknown>, kinds: readonly string[]): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof BlobDamage, String(error));
    assert.ok(kinds.includes(error.kind), error.kind);
    return true;
  });
}

for (const isEncrypted of [false, true]) {
  describe(`rows of small blobs, ${isEncrypted ? "encrypted" : "plain"}`, () => {
    it("are read, measured and hashed like files", async () => {
      await withRows(isEncrypted, async ({ blobs, add }) => {
        for (const sizeBytes of [0, 1, 4 * KIB, 64 * KIB, 300 * KIB]) {
          const bytes = generatorBytes(sizeBytes);
          const blobId = await add(bytes);
          assert.ok((await readBytes(blobs, blobId, [0, sizeBytes])).equals(bytes));
          assert.equal(await blobs.findSize(blobId), sizeBytes);
          const leaves = await blobs.hashLeaves(blobId, ALL);
          assert.deepEqual(Buffer.from(leaves), Buffer.from(sha256(bytes)));
        }
      });
    });

    it("are in no file of their own", async () => {
      await withRows(isEncrypted, async ({ blobs, add }) => {
        const blobId = await add(BODY);
        assert.equal(await blobs.openFile?.(blobId, { start: 0, endExclusive: 1 }), undefined);
      });
    });

    it("give any range, and refuse one that reaches beyond them", async () => {
      await withRows(isEncrypted, async ({ blobs, add }) => {
        const blobId = await add(BODY);
        const range = await readBytes(blobs, blobId, [17, 4_001]);
        assert.ok(range.equals(BODY.subarray(17, 4_001)));
        assert.equal((await readBytes(blobs, blobId, [9, 9])).length, 0);
        await expectDamage(readBytes(blobs, blobId, [0, BODY.length + 1]), ["truncated"]);
        await expectDamage(blobs.hashLeaves(blobId, { firstLeaf: 1, leafCount: 1 }), ["truncated"]);
      });
    });

    it("are listed beside the files, and removed without a trace", async () => {
      await withRows(isEncrypted, async ({ blobs, files, metadata, add }) => {
        const row = await add(BODY);
        const { blobId: file } = await storeBytes(blobs, BODY);
        assert.deepEqual([...files.contents.blobs.keys()], [file]);
        const listed = async () => (await Array.fromAsync(blobs.list())).flat();
        assert.deepEqual(await listed(), [row, file]);
        await blobs.remove(row);
        await blobs.remove(row);
        assert.deepEqual(await listed(), [file]);
        assert.equal(await metadata.smallBlobs.find(row), undefined);
        assert.equal(await blobs.findSize(row), undefined);
      });
    });

    it("tell a flipped bit, a lost end and bytes too many", async () => {
      await withRows(isEncrypted, async ({ blobs, add, damage }) => {
        const flipped = await add(BODY);
        await damage(flipped, (stored) => stored.with(stored.length - 20, 0x55 ^ 0xff));
        const found = await blobs.hashLeaves(flipped, ALL);
        assert.notDeepEqual(Buffer.from(found), Buffer.from(sha256(BODY)));
        const cut = await add(BODY);
        await damage(cut, (stored) => stored.slice(0, -1));
        assert.ok(((await blobs.findSize(cut)) ?? 0) < BODY.length);
        await expectDamage(readBytes(blobs, cut, [0, BODY.length]), ["truncated"]);
        const long = await add(BODY);
        await damage(long, (stored) => Buffer.concat([stored, stored.subarray(0, 3)]));
        assert.equal(await blobs.findSize(long), BODY.length + 3);
      });
    });

    it("are put back in place, and stay as they were until then", async () => {
      await withRows(isEncrypted, async ({ blobs, files, add, damage }) => {
        const blobId = await add(BODY);
        await damage(blobId, () => Uint8Array.of(1));
        const writer = await blobs.openWriter(blobId, BODY.length);
        await writer.write(BODY.subarray(0, 100));
        await writer.write(BODY.subarray(100));
        const digest = await writer.finish();
        assert.equal(digest.sha256, sha256(BODY).toHex());
        assert.deepEqual(Buffer.from(digest.leaves), Buffer.from(sha256(BODY)));
        assert.equal(digest.sizeBytes, BODY.length);
        const early = await blobs.hashLeaves(blobId, ALL).catch(() => ZERO_LEAF);
        assert.notDeepEqual(Buffer.from(early), Buffer.from(sha256(BODY)));
        await writer.commit();
        assert.ok((await readBytes(blobs, blobId, [0, BODY.length])).equals(BODY));
        assert.equal(files.contents.blobs.size, 0);
      });
    });

    it("stay as they are when a writer is aborted", async () => {
      await withRows(isEncrypted, async ({ blobs, add }) => {
        const blobId = await add(BODY);
        const writer = await blobs.openWriter(blobId, BODY.length);
        await writer.write(Uint8Array.of(1, 2, 3));
        await writer.abort();
        await writer.abort();
        assert.ok((await readBytes(blobs, blobId, [0, BODY.length])).equals(BODY));
      });
    });
  });
}

describe("rows of an encrypted folder", () => {
  it("hold nothing of the bytes, and what the published tool decrypts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "moraine-rows-"));
    try {
      await withRows(true, async ({ metadata, add }) => {
        const bytes = Buffer.from("the quick brown fox ".repeat(200));
        const blobId = await add(bytes);
        const stored = Buffer.from((await metadata.smallBlobs.find(blobId)) ?? []);
        assert.equal(stored.length, 192 + bytes.length + 16);
        assert.ok(!stored.includes("brown fox"));
        writeFileSync(join(folder, blobId), stored);
        writeFileSync(join(folder, "key"), OLD_BYTES);
        const tool = new URL("../../docs/decrypt-blob.mjs", import.meta.url).pathname;
        const opened = execFileSync(process.execPath, [
          tool,
          join(folder, "key"),
          join(folder, blobId),
        ]);
        assert.ok(opened.equals(bytes));
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("refuse every changed byte, and the row of another blob", async () => {
    await withRows(true, async ({ blobs, metadata, add, damage }) => {
      const bytes = generatorBytes(40);
      const sound = await add(bytes);
      const stored = new Uint8Array((await metadata.smallBlobs.find(sound)) ?? []);
      for (let offset = 0; offset < stored.length; offset += 1) {
        await damage(sound, () => stored.with(offset, (stored[offset] ?? 0) ^ 0x20));
        const kinds = ["rotten", "unreadable", "truncated"];
        await expectDamage(readBytes(blobs, sound, [0, bytes.length]), kinds);
      }
      const other = await add(bytes);
      await damage(other, () => stored);
      await expectDamage(readBytes(blobs, other, [0, bytes.length]), ["rotten"]);
      const leaves = await blobs.hashLeaves(other, ALL);
      assert.deepEqual(leaves, ZERO_LEAF);
    });
  });

  it("get their data keys under another master key, and keep their bytes", async () => {
    await withRows(true, async ({ blobs, metadata, keyring, add, damage }) => {
      const rows: BlobId[] = [];
      for (let index = 0; index < 105; index += 1) {
        rows.push(await add(generatorBytes(index)));
      }
      const [broken = nextBlobId(), plainId] = [rows[50], "0000000000000000000000000000abcd"];
      await damage(broken, () => new Uint8Array(300));
      // Written before encryption was turned on.
      const plain = { blobId: plainId as BlobId, stored: Uint8Array.of(7) };
      await metadata.smallBlobs.insert(plain);
      const before = new Uint8Array((await metadata.smallBlobs.find(rows[104] as BlobId)) ?? []);
      keyring.begin(NEW);
      const progress: number[] = [];
      const told = async ({ rewrapped }: { readonly rewrapped: number }) => {
        progress.push(rewrapped);
      };
      const sums = await blobs.rewrap(new AbortController().signal, told);
      assert.deepEqual(sums, { rewrapped: 10 + 104, damaged: 1 + 1 });
      assert.equal(progress.at(-1), 114);
      keyring.finish();
      const after = new Uint8Array((await metadata.smallBlobs.find(rows[104] as BlobId)) ?? []);
      assert.deepEqual(after.subarray(192), before.subarray(192));
      assert.notDeepEqual(after.subarray(0, 192), before.subarray(0, 192));
      for (const [index, blobId] of rows.entries()) {
        if (blobId !== broken) {
          const read = await readBytes(blobs, blobId, [0, index]);
          assert.ok(read.equals(generatorBytes(index)));
        }
      }
      assert.deepEqual([...(await readBytes(blobs, plain.blobId, [0, 1]))], [7]);
      const again = await blobs.rewrap(new AbortController().signal, async () => undefined);
      assert.deepEqual(again, { rewrapped: 10, damaged: 1 + 1 });
    });
  });
});
