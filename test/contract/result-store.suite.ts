/** The contract of `ResultStore` (src/ports/result-store.ts); every adapter runs it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { MIB, SELECT_PART_MAX_BYTES } from "../../src/domain/limits.ts";
import { ResultStoreError } from "../../src/domain/result-store-error.ts";
import type { ResultDestination, ResultStore } from "../../src/ports/result-store.ts";
import { concatBytes, utf8Bytes, utf8Text } from "../../src/std/bytes.ts";
import { plainLocation } from "../support/select-builders.ts";

/** How the suite gets at one adapter. */
export interface ResultStoreFixture {
  /** A store over this fixture's buckets; a second one is what a process started later sees. */
  open(): Promise<ResultStore>;
  /** Names of everything in the bucket, from the outside. */
  listBucket(bucketName: string): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

const { prefix: _, ...options } = plainLocation;
export const destination: ResultDestination = { ...options, region: "eu-west-3" };
const { bucketName } = destination;

export async function putObject(store: ResultStore, key: string, text: string): Promise<void> {
  const writer = await store.openWriter(destination, key);
  try {
    await writer.write(utf8Bytes(text));
    await writer.commit();
  } finally {
    await writer.abort();
  }
}

export async function findText(store: ResultStore, key: string): Promise<string | undefined> {
  const found = await store.find({ ...destination, key });
  if (found === undefined) {
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.bytes) {
    chunks.push(new Uint8Array(chunk));
  }
  const bytes = concatBytes(chunks);
  assert.equal(found.sizeBytes, bytes.length);
  return utf8Text(bytes);
}

export async function listKeys(store: ResultStore, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of store.list(destination, prefix)) {
    keys.push(key);
  }
  return keys.sort();
}

/** Whether `error` is a refusal of this kind; for `assert.rejects`. */
export function failure(kind: ResultStoreError["kind"], reason: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ResultStoreError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.reason, reason);
    assert.equal(error.code !== undefined, kind === "unavailable");
    return true;
  };
}

export function describeResultStore(name: string, open: () => Promise<ResultStoreFixture>): void {
  describe(`results in ${name}`, () => {
    let fixture: ResultStoreFixture;
    let store: ResultStore;
    before(async () => {
      fixture = await open();
      store = await fixture.open();
    });
    after(async () => {
      await store.close();
      await fixture.dispose();
    });

    it("gives back what was put, also to a store opened later", async () => {
      await putObject(store, "a/b/c.txt", "hello");
      assert.equal(await findText(store, "a/b/c.txt"), "hello");
      const later = await fixture.open();
      assert.equal(await findText(later, "a/b/c.txt"), "hello");
      await later.close();
    });

    it("shows nothing of an object before it is committed, and nothing at all of one aborted", async () => {
      const writer = await store.openWriter(destination, "atomic/one");
      await writer.write(utf8Bytes("half"));
      assert.equal(await findText(store, "atomic/one"), undefined);
      await writer.abort();
      await writer.abort();
      assert.equal(await findText(store, "atomic/one"), undefined);
      assert.deepEqual(await listKeys(store, "atomic/"), []);
    });

    it("replaces an object by what was put last, and keeps the old one until then", async () => {
      await putObject(store, "twice/one", "first");
      const writer = await store.openWriter(destination, "twice/one");
      await writer.write(utf8Bytes("second"));
      assert.equal(await findText(store, "twice/one"), "first");
      await writer.commit();
      assert.equal(await findText(store, "twice/one"), "second");
    });

    it("takes objects of the size it names, one after another", async () => {
      assert.ok(store.partMaxBytes >= MIB && store.partMaxBytes <= SELECT_PART_MAX_BYTES);
      const piece = new Uint8Array(store.partMaxBytes / 2);
      for (const [key, letters] of Object.entries({ "full/one": "ab", "full/two": "cd" })) {
        const writer = await store.openWriter(destination, key);
        for (const letter of letters) {
          await writer.write(piece.fill(letter.charCodeAt(0)));
        }
        await writer.commit();
      }
      const short = await store.openWriter(destination, "full/three");
      await short.write(utf8Bytes("e"));
      await short.write(utf8Bytes("f"));
      await short.commit();
      const half = piece.length;
      assert.ok((await findText(store, "full/one")) === "a".repeat(half) + "b".repeat(half));
      assert.ok((await findText(store, "full/two")) === "c".repeat(half) + "d".repeat(half));
      assert.equal(await findText(store, "full/three"), "ef");
    });

    it("takes an object in pieces whose buffers are used again, and an empty one", async () => {
      const writer = await store.openWriter(destination, "pieces/large");
      const piece = new Uint8Array(MIB);
      for (let count = 0; count < 5; count += 1) {
        piece.fill(0x61 + count);
        await writer.write(piece);
      }
      await writer.commit();
      const text = await findText(store, "pieces/large");
      const letters = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(MIB)).join("");
      assert.ok(text === letters);
      const empty = await store.openWriter(destination, "pieces/empty");
      await empty.commit();
      assert.equal(await findText(store, "pieces/empty"), "");
    });

    it("lists the keys of a prefix and of no other, at every depth", async () => {
      const keys = ["job/job.txt", "job/results/1", "job/results/2", "job/results/3", "job/x/y/z"];
      for (const key of [...keys, "jobs/other", "jo"]) {
        await putObject(store, key, key);
      }
      assert.deepEqual(await listKeys(store, "job/"), keys);
      assert.deepEqual(await listKeys(store, "absent/"), []);
    });

    it("removes an object, and takes one that is not there for removed", async () => {
      await putObject(store, "gone/one", "x");
      await store.remove(destination, "gone/one");
      await store.remove(destination, "gone/one");
      await store.remove(destination, "never/there");
      assert.equal(await findText(store, "gone/one"), undefined);
      assert.deepEqual(await listKeys(store, "gone/"), []);
    });

    it("keeps keys apart that differ in case, spaces and letters of other scripts", async () => {
      const keys = ["names/A b+c", "names/a b+c", "names/ä%2F&?", "names/日本"];
      for (const key of keys) {
        await putObject(store, key, `of ${key}`);
      }
      assert.deepEqual(await listKeys(store, "names/"), [...keys].sort());
      for (const key of keys) {
        assert.equal(await findText(store, key), `of ${key}`);
      }
      const outside = await fixture.listBucket(bucketName);
      assert.ok(
        keys.every((key) => outside.includes(key)),
        outside.join(),
      );
    });

    it("finds nothing in a bucket that is not there", async () => {
      const source = { bucketName: "not-there", region: destination.region, key: "x" };
      assert.equal(await store.find(source), undefined);
    });
  });
}
