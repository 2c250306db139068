import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openEncryptionKey } from "./encryption-key.ts";

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index));

async function inFolder(test: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "moraine-key-"));
  test.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "secrets.key");
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const open = (mayGenerate = false) => openEncryptionKey({ path, mayGenerate, logger });
  return { folder, path, open };
}

describe("openEncryptionKey", () => {
  it("makes a key once, for its owner alone, and finds it again", async (test) => {
    const { folder, path, open } = await inFolder(test);
    const made = await open(true);
    assert.equal(made.length, 32);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ["secrets.key"]);
    assert.deepEqual(Buffer.from(await open()), Buffer.from(made));
    assert.deepEqual(Buffer.from(await open(true)), Buffer.from(made));
    assert.match(await readFile(path, "utf8"), /^[0-9a-f]{64}\n$/);
  });

  it("reads raw bytes, hex digits and base64", async (test) => {
    const { path, open } = await inFolder(test);
    const base64 = KEY.toString("base64");
    const forms = [KEY, KEY.toString("hex"), `${KEY.toString("hex").toUpperCase()}\r\n`];
    for (const form of [...forms, base64, `${base64}\n`, base64.slice(0, 43)]) {
      await writeFile(path, form);
      assert.deepEqual(Buffer.from(await open()), KEY);
    }
  });

  it("refuses a missing file unless it may make one", async (test) => {
    const { folder, path, open } = await inFolder(test);
    await assert.rejects(open(), (error: Error) => {
      assert.equal(error.name, "EncryptionKeyError");
      assert.ok(error.message.includes(path) && error.message.includes("missing"));
      return true;
    });
    assert.deepEqual(await readdir(folder), []);
  });

  it("refuses a file of another size or form and does not show it", async (test) => {
    const { path, open } = await inFolder(test);
    const wrong = [
      "",
      "hunter2",
      "z".repeat(64),
      "a".repeat(63),
      KEY.subarray(1),
      "a".repeat(5000),
    ];
    for (const content of wrong) {
      await writeFile(path, content);
      await assert.rejects(open(true), (error: Error) => {
        assert.equal(error.name, "EncryptionKeyError");
        assert.ok(error.message.includes(path) && error.message.includes("32"));
        assert.ok(!error.message.includes("hunter2"));
        return true;
      });
    }
  });

  it("refuses what is not a file", async () => {
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    await assert.rejects(openEncryptionKey({ path: tmpdir(), mayGenerate: true, logger }), {
      name: "EncryptionKeyError",
    });
  });
});
