import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeFileDurably } from "./durable-file-node.ts";

describe("writeFileDurably", () => {
  it("replaces the file with the mode asked for and leaves no other file", async (test) => {
    const folder = await mkdtemp(join(tmpdir(), "moraine-durable-"));
    test.after(() => rm(folder, { recursive: true }));
    const path = join(folder, "note.json");
    await writeFile(`${path}.tmp`, "torn by a crash", { mode: 0o644 });
    await writeFileDurably(path, "first", 0o600);
    await writeFileDurably(path, "second", 0o600);
    assert.equal(await readFile(path, "utf8"), "second");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ["note.json"]);
  });

  it("reports the error of the file system", async (test) => {
    const folder = await mkdtemp(join(tmpdir(), "moraine-durable-"));
    test.after(() => rm(folder, { recursive: true }));
    await assert.rejects(writeFileDurably(join(folder, "missing", "note"), "text", 0o600), {
      code: "ENOENT",
    });
  });
});
