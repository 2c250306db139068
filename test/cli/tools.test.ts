import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { generateBytes, treeHashHex } from "../support/test-bytes.ts";

const root = join(import.meta.dirname, "..", "..");

function moraine(words: readonly string[], input: string | Uint8Array = "") {
  return spawnSync(process.execPath, [join(root, "bin", "moraine.mjs"), ...words], {
    encoding: "utf8",
    input,
    timeout: 20_000,
  });
}

describe("moraine treehash and decode-description as processes", () => {
  it("are listed in the help", () => {
    const { stdout } = moraine(["--help"]);
    assert.match(stdout, /^ {2}treehash +Print the SHA-256 tree hash of files\.$/m);
    assert.match(stdout, /^ {2}decode-description +Show which file /m);
  });

  it("hash what is piped in", () => {
    const bytes = generateBytes(0, 3_250_585);
    const { status, stdout, stderr } = moraine(["treehash", "-"], bytes);
    assert.deepEqual([status, stdout, stderr], [0, `${treeHashHex(bytes)}  -\n`, ""]);
  });

  it("decode the lines that are piped in", () => {
    const lines = 'a\n{"path": "/sample/1234.pdf", "type": "file"}\n';
    const { status, stdout } = moraine(["decode-description", "--json", "-"], lines);
    assert.equal(status, 0);
    assert.deepEqual(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).name),
      ["a", "/sample/1234.pdf"],
    );
  });

  it("end with 1 for a file that is not there and with 2 for a wrong flag", () => {
    const missing = moraine(["treehash", join(root, "no-such-file")]);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /no-such-file: ENOENT/);
    assert.equal(moraine(["treehash", "--part", "3MiB", "-"]).status, 2);
    assert.equal(moraine(["decode-description"]).status, 2);
  });
});
