/** The file of get-job-output appears whole or not at all. */
import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { saveBody } from "../../../src/cli/aws/save-body.ts";

describe("saveBody", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "moraine-save-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("writes all bytes and leaves no other file", async () => {
    await saveBody(chunks("one", "two"), join(folder, "out"));
    assert.equal(await readFile(join(folder, "out"), "utf8"), "onetwo");
    assert.deepEqual(await readdir(folder), ["out"]);
  });

  it("keeps the old file, and nothing else, when the bytes fail halfway", async () => {
    await writeFile(join(folder, "out"), "old");
    await assert.rejects(saveBody(failing("one"), join(folder, "out")), /broken off/);
    assert.equal(await readFile(join(folder, "out"), "utf8"), "old");
    assert.deepEqual(await readdir(folder), ["out"]);
  });

  it("makes no file at all when the bytes fail and there was none", async () => {
    await assert.rejects(saveBody(failing("one"), join(folder, "out")), /broken off/);
    assert.deepEqual(await readdir(folder), []);
  });

  it("shows the name only once the last byte is written", async () => {
    const watched = async function* () {
      yield Buffer.from("one");
      assert.equal((await readdir(folder)).includes("out"), false);
      yield Buffer.from("two");
    };
    await saveBody(watched(), join(folder, "out"));
    assert.deepEqual(await readdir(folder), ["out"]);
  });

  it("writes through a link and keeps the permissions of the file", async () => {
    await writeFile(join(folder, "real"), "old");
    await chmod(join(folder, "real"), 0o600);
    await symlink("real", join(folder, "link"));
    await saveBody(chunks("new"), join(folder, "link"));
    assert.equal(await readFile(join(folder, "real"), "utf8"), "new");
    assert.equal((await stat(join(folder, "real"))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ["link", "real"]);
  });

  it("writes straight to what is no regular file", async () => {
    await saveBody(chunks("gone"), "/dev/null");
    assert.equal((await stat("/dev/null")).isCharacterDevice(), true);
  });
});

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  yield* texts.map((text) => Buffer.from(text));
}

async function* failing(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
  throw new Error("broken off");
}
