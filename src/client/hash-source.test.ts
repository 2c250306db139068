import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sha256Hex, treeHashHex } from "../../test/support/test-bytes.ts";
import type { UploadSource } from "./call-types.ts";
import { hashBytes, hashFile, stampFile } from "./hash-source.ts";

const MIB = 1024 * 1024;
const bytes = Buffer.alloc(3 * MIB + 5, "moraine");
let folder: string;
let path: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "moraine-source-"));
  path = join(folder, "photos.tar");
  await writeFile(path, bytes);
});
after(() => rm(folder, { recursive: true, force: true }));

async function contentOf(source: UploadSource): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source.open(), (chunk) => Buffer.from(chunk)));
}

describe("hashFile", () => {
  it("hashes a file and reads it again as often as asked", async () => {
    const source = await hashFile(path);
    assert.equal(source.sizeBytes, bytes.length);
    assert.equal(source.sha256, sha256Hex(bytes));
    assert.equal(source.treeHash, treeHashHex(bytes));
    assert.deepEqual(await contentOf(source), bytes);
    assert.deepEqual(await contentOf(source), bytes);
  });

  it("hashes a range alone", async () => {
    const part = bytes.subarray(MIB, 2 * MIB);
    const source = await hashFile(path, { start: MIB, endExclusive: 2 * MIB });
    assert.equal(source.treeHash, treeHashHex(part));
    assert.deepEqual(await contentOf(source), part);
  });

  it("gives an empty file the hashes of nothing", async () => {
    const empty = join(folder, "empty");
    await writeFile(empty, "");
    const { sizeBytes, treeHash } = await hashFile(empty);
    assert.deepEqual({ sizeBytes, treeHash }, { sizeBytes: 0, treeHash: sha256Hex(Buffer.of()) });
  });

  it("refuses a range outside the file", async () => {
    await assert.rejects(hashFile(path, { start: 0, endExclusive: bytes.length + 1 }), {
      name: "ClientInputError",
    });
  });

  it("refuses what is no regular file", async () => {
    await assert.rejects(hashFile(folder), /must be a regular file/);
  });

  it("names a file that grew, or was written again, since it was hashed", async () => {
    const growing = join(folder, "growing");
    await writeFile(growing, "one");
    const source = await hashFile(growing);
    await appendFile(growing, "two");
    await assert.rejects(contentOf(source), {
      name: "SourceChangedError",
      message: `${growing} changed while it was being read`,
    });
    const again = await hashFile(growing);
    await utimes(growing, 1, 1);
    await assert.rejects(contentOf(again), { name: "SourceChangedError" });
  });

  it("notices a change between one part of a file and the next", async () => {
    const changing = join(folder, "changing");
    await writeFile(changing, "123456");
    const stamp = await stampFile(changing);
    await hashFile(changing, { endExclusive: 3, stamp });
    await rm(changing);
    await writeFile(changing, "abcdef");
    await assert.rejects(hashFile(changing, { start: 3, stamp }), { name: "SourceChangedError" });
  });

  it("notices a change while it is being read", async () => {
    const source = await hashFile(path);
    const reading = source.open()[Symbol.asyncIterator]();
    await reading.next();
    await writeFile(path, bytes.subarray(0, MIB));
    const rest = { [Symbol.asyncIterator]: () => reading };
    await assert.rejects(Array.fromAsync(rest), { name: "SourceChangedError" });
    await writeFile(path, bytes);
  });
});

describe("hashBytes", () => {
  it("gives the bytes back with their hashes", async () => {
    const source = hashBytes(bytes);
    assert.equal(source.treeHash, treeHashHex(bytes));
    assert.deepEqual(await contentOf(source), bytes);
  });
});
