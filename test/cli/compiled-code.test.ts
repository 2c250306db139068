import assert from "node:assert/strict";
import { chmod, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { makeFolder, runCommand } from "../support/external-command.ts";
import { moraineProgram } from "../support/moraine-command.ts";

async function runInHome(test: TestContext, mode: number) {
  const home = await makeFolder();
  test.after(() => home.remove());
  await chmod(home.path, mode);
  const env = { HOME: home.path, XDG_CACHE_HOME: undefined, NODE_COMPILE_CACHE: undefined };
  const result = await runCommand(process.execPath, [moraineProgram, "--version"], { env });
  assert.equal(result.code, 0);
  return join(home.path, ".cache/moraine/code");
}

describe("compiled code kept between starts", () => {
  it("lies in a folder of the user that nobody else can read", async (test) => {
    const folder = await runInHome(test, 0o755);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await readdir(folder)).length, 1);
  });

  it("is not kept where others could put code of theirs", async (test) => {
    const folder = await runInHome(test, 0o777);
    assert.deepEqual(await readdir(folder), []);
  });
});
