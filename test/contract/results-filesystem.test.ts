import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openFilesystemResults } from "../../src/adapters/results-filesystem/filesystem-results.ts";
import type { ResultStore } from "../../src/ports/result-store.ts";
import {
  describeResultStore,
  destination,
  failure,
  findText,
  listKeys,
  putObject,
} from "./result-store.suite.ts";

const { bucketName } = destination;

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

describeResultStore("files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "moraine-results-"));
  return {
    open: () => openFilesystemResults({ folder }),
    listBucket: (name) => listFiles(join(folder, name)),
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe("results in files, beyond the contract", () => {
  let parent: string;
  let folder: string;
  let store: ResultStore;
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), "moraine-results-"));
    folder = join(parent, "buckets");
    store = await openFilesystemResults({ folder });
  });
  after(async () => {
    await store.close();
    await rm(parent, { recursive: true });
  });

  for (const key of ["../x", "a/../../x", "/etc/x", "a//b", "a/./b", "a/", "a\0b", "", ".."]) {
    it(`refuses the key ${JSON.stringify(key)}`, async () => {
      const refused = failure("refused", /^the key /);
      await assert.rejects(store.openWriter(destination, key), refused);
      await assert.rejects(store.remove(destination, key), refused);
      await assert.rejects(store.find({ ...destination, key }), refused);
      assert.deepEqual(await readdir(parent), ["buckets"]);
    });
  }

  for (const name of ["..", ".tmp", "a/b", "", "UPPER", "a..b", "x"]) {
    it(`refuses the bucket ${JSON.stringify(name)}`, async () => {
      const given = { ...destination, bucketName: name };
      await assert.rejects(
        store.openWriter(given, "key"),
        failure("refused", /no name of a bucket/),
      );
    });
  }

  it("refuses a key of more than 1024 bytes and a part of more than 255, and takes those limits", async () => {
    const name = "n".repeat(255);
    const longest = [name, name, name, "m".repeat(254), "k"].join("/");
    assert.equal(longest.length, 1024);
    await putObject(store, longest, "long");
    assert.equal(await findText(store, longest), "long");
    await assert.rejects(putObject(store, `a/${name}n`, "x"), failure("refused", /255 bytes/));
    const over = `${"o/".repeat(512)}x`;
    await assert.rejects(putObject(store, over, "x"), failure("refused", /1024 bytes/));
  });

  it("refuses a key below an object, and one that is a folder of objects", async () => {
    await putObject(store, "clash/file", "x");
    await assert.rejects(
      putObject(store, "clash/file/below", "x"),
      failure("refused", /"file" is an object/),
    );
    await assert.rejects(putObject(store, "clash", "x"), failure("refused", /a folder of other/));
    assert.equal(await findText(store, "clash/file"), "x");
  });

  it("follows no symbolic link out of a bucket, nor one that stands for a bucket or an object", async () => {
    const outside = join(parent, "outside");
    await mkdir(outside);
    await writeFile(join(outside, "secret"), "secret");
    await mkdir(join(folder, bucketName), { recursive: true });
    await symlink(outside, join(folder, bucketName, "link"));
    await symlink(outside, join(folder, "linked-bucket"));
    await symlink(join(outside, "secret"), join(folder, bucketName, "object"));
    const refused = failure("refused", /symbolic link/);
    await assert.rejects(putObject(store, "link/x", "x"), refused);
    await assert.rejects(store.find({ ...destination, key: "link/secret" }), refused);
    await assert.rejects(store.remove(destination, "link/secret"), refused);
    const linked = { ...destination, bucketName: "linked-bucket" };
    await assert.rejects(store.openWriter(linked, "x"), refused);
    assert.deepEqual(await listKeys(store, "link/"), []);
    assert.equal(await findText(store, "object"), undefined);
    await putObject(store, "object", "ours");
    assert.equal(await readFile(join(outside, "secret"), "utf8"), "secret");
    assert.deepEqual(await readdir(outside), ["secret"]);
    await rm(outside, { recursive: true });
  });

  it("removes what a writer of an earlier process left, and nothing else", async () => {
    await store.openWriter(destination, "left/behind");
    assert.equal((await readdir(join(folder, ".tmp"))).length, 1);
    await putObject(store, "left/whole", "x");
    const later = await openFilesystemResults({ folder });
    assert.deepEqual(await readdir(join(folder, ".tmp")), []);
    assert.equal(await findText(later, "left/whole"), "x");
    await later.close();
  });

  it("takes what it can't know for an outage, and reveals no path of the service", async () => {
    const lost = await openFilesystemResults({ folder: join(parent, "lost") });
    await rm(join(parent, "lost"), { recursive: true });
    const failed = failure("unavailable", /^the disk failed$/);
    await assert.rejects(lost.openWriter(destination, "x"), failed);
  });
});
