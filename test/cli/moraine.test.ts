import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const root = join(import.meta.dirname, "..", "..");

function moraine(...words: string[]) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("MORAINE_")),
  );
  return spawnSync(process.execPath, [join(root, "bin", "moraine.mjs"), ...words], {
    encoding: "utf8",
    env,
    timeout: 20_000,
  });
}

describe("moraine", () => {
  it("prints the version of the package", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const { status, stdout, stderr } = moraine("--version");
    assert.deepEqual(
      { status, stdout, stderr },
      { status: 0, stdout: `moraine ${version}\n`, stderr: "" },
    );
  });

  it("lists its commands on --help and help", () => {
    for (const word of ["--help", "help"]) {
      const { status, stdout } = moraine(word);
      assert.equal(status, 0);
      assert.match(stdout, /^ {2}serve +Start the archive service\.$/m);
    }
  });

  it("explains a command on help with its name", () => {
    const { status, stdout } = moraine("help", "serve");
    assert.equal(status, 0);
    assert.match(stdout, /--console-listen/);
  });

  it("says what there is when no command is named", () => {
    const { status, stdout, stderr } = moraine();
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^Usage: moraine/);
  });

  it("names the nearest command or flag to an unknown one", () => {
    const command = moraine("srve");
    assert.equal(command.status, 2);
    assert.match(command.stderr, /unknown command "srve"; the nearest is "serve"/);
    const flag = moraine("--verison");
    assert.equal(flag.status, 2);
    assert.match(flag.stderr, /unknown flag "--verison"; the nearest is "--version"/);
    assert.doesNotMatch(moraine("frobnicate").stderr, /nearest/);
  });

  it("exits with 2 after naming wrong settings", () => {
    const { status, stdout, stderr } = moraine(
      "serve",
      "--listen",
      "nowhere",
      "--inventory",
      "daily",
    );
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /2 mistakes/);
    assert.match(stderr, /listen \(flag --listen\)/);
    assert.match(stderr, /inventory \(flag --inventory\)/);
  });
});
