import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { DataFolderError, openDataFolder } from "../../src/server/data-folder.ts";

async function makePlace(test: TestContext): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), "moraine-data-"));
  test.after(() => rm(place, { recursive: true }));
  return place;
}

function refusing(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DataFolderError, String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

/** A process that holds the folder; resolves when it does. */
async function holdElsewhere(test: TestContext, path: string) {
  const script = join(import.meta.dirname, "hold-data-folder.ts");
  const child = spawn(process.execPath, ["--expose-gc", script, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  test.after(() => child.kill("SIGKILL"));
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => assert.fail("the holder ended")),
  ]);
  return child;
}

describe("openDataFolder", () => {
  it("makes a missing folder that only its owner may enter, with a format marker", async (test) => {
    const path = join(await makePlace(test), "deep", "data");
    const folder = await openDataFolder(path);
    assert.equal(folder.created, true);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    const marker = await readFile(join(path, "moraine-format.json"), "utf8");
    assert.deepEqual(JSON.parse(marker), { software: "moraine", format: 1 });
    assert.equal(folder.metadataPath, join(path, "metadata.db"));
    assert.equal(folder.blobsPath, join(path, "blobs"));
    assert.equal(folder.rootCredentialsPath, join(path, "root-credentials.json"));
    await folder.close();
    assert.deepEqual((await readdir(path)).sort(), ["lock.db", "moraine-format.json"]);
  });

  it("gets a format of its own for encryption, for rows and for both, in any order", async (test) => {
    for (const [marks, format] of [
      [["markEncrypted"], 2],
      [["markRows", "markRows"], 3],
      [["markEncrypted", "markRows"], 4],
      [["markRows", "markEncrypted"], 4],
    ] as const) {
      const path = await makePlace(test);
      for (const mark of marks) {
        const folder = await openDataFolder(path);
        await folder[mark]();
        await folder.close();
      }
      const marker = await readFile(join(path, "moraine-format.json"), "utf8");
      assert.deepEqual(JSON.parse(marker), { software: "moraine", format });
      const folder = await openDataFolder(path);
      assert.equal(folder.isEncrypted, format % 2 === 0);
      await folder.close();
    }
  });

  it("opens its folder again, with whatever has come into it", async (test) => {
    const path = await makePlace(test);
    await (await openDataFolder(path)).close();
    await writeFile(join(path, "metadata.db"), "");
    const folder = await openDataFolder(path);
    assert.equal(folder.created, false);
    await folder.close();
  });

  it("takes an empty mount point and the traces of a start cut short", async (test) => {
    const path = await makePlace(test);
    await mkdir(join(path, "lost+found"));
    for (const name of ["lock.db", "lock.json", "moraine-format.json.tmp"]) {
      await writeFile(join(path, name), "");
    }
    const folder = await openDataFolder(path);
    assert.equal(folder.created, true);
    await folder.close();
  });

  it("refuses a file", async (test) => {
    const path = join(await makePlace(test), "file");
    await writeFile(path, "");
    await assert.rejects(openDataFolder(path), refusing(/file.*(is a file|EEXIST|ENOTDIR)/));
    await assert.rejects(
      openDataFolder(join(path, "below")),
      refusing(/cannot be made \(ENOTDIR\)/),
    );
  });

  it("refuses a folder of something else and leaves it as it was", async (test) => {
    const path = await makePlace(test);
    await writeFile(join(path, "thesis.txt"), "mine");
    await assert.rejects(
      openDataFolder(path),
      refusing(/neither empty nor a data folder of Moraine: it holds "thesis\.txt"/),
    );
    assert.deepEqual(await readdir(path), ["thesis.txt"]);
  });

  it("refuses a newer format and a damaged marker", async (test) => {
    const path = await makePlace(test);
    const marker = join(path, "moraine-format.json");
    await writeFile(marker, '{"software":"moraine","format":5,"extra":true}');
    await assert.rejects(openDataFolder(path), refusing(/newer version of Moraine \(format 5/));
    for (const text of ["", "{", "[]", '{"software":"other","format":1}', '{"format":0}']) {
      await writeFile(marker, text);
      await assert.rejects(openDataFolder(path), refusing(/damaged moraine-format\.json/));
    }
    assert.deepEqual(await readdir(path), ["moraine-format.json"]);
  });

  it("refuses a folder that it may not write", async (test) => {
    if (process.getuid?.() === 0) {
      test.skip("root may write everywhere");
      return;
    }
    const path = await makePlace(test);
    await chmod(path, 0o500);
    await assert.rejects(openDataFolder(path), refusing(/not readable and writable.*EACCES/));
    await chmod(path, 0o700);
  });

  it("refuses to open a folder twice in one process, and keeps the first lock", async (test) => {
    const path = await makePlace(test);
    const folder = await openDataFolder(path);
    await assert.rejects(openDataFolder(path), refusing(new RegExp(`process ${process.pid} on`)));
    await assert.rejects(openDataFolder(path), refusing(/is in use by/));
    await folder.close();
    await (await openDataFolder(path)).close();
  });

  it("refuses a folder that another process holds, naming the folder and the process", async (test) => {
    const path = await makePlace(test);
    const holder = await holdElsewhere(test, path);
    const expected = new RegExp(
      `data folder ${path} is in use by process ${holder.pid} on .*; stop it, or give another --data-dir`,
    );
    await assert.rejects(openDataFolder(path), refusing(expected));
  });

  it("is free again after its process was killed", async (test) => {
    const path = await makePlace(test);
    const holder = await holdElsewhere(test, path);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const folder = await openDataFolder(path);
    assert.equal(folder.created, false);
    await folder.close();
  });

  it("keeps another process out after a refused attempt in this one", async (test) => {
    const path = await makePlace(test);
    const folder = await openDataFolder(path);
    await assert.rejects(openDataFolder(path), DataFolderError);
    const script = join(import.meta.dirname, "hold-data-folder.ts");
    const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "ignore", "pipe"] });
    const [code] = await once(child, "exit");
    assert.notEqual(code, 0);
    await folder.close();
  });
});
