import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { generateBytes, sha256Hex, treeHashHex } from "../../../test/support/test-bytes.ts";
import { MIB } from "../../domain/limits.ts";
import { treeHash } from "./tree-hash.ts";

const folder = mkdtempSync(join(tmpdir(), "moraine-treehash-"));
after(() => rmSync(folder, { recursive: true }));

const bytes = generateBytes(0, 2.5 * MIB);
const large = join(folder, "large.bin");
const small = join(folder, "small\u001b[31m.bin");
writeFileSync(large, bytes);
writeFileSync(small, "a");
const A_HASH = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

async function run(words: readonly string[], stdin: readonly Uint8Array[] = []) {
  const output = { stdout: "", stderr: "" };
  const terminal = {
    stdout: (text: string) => {
      output.stdout += text;
    },
    stderr: (text: string) => {
      output.stderr += text;
    },
  };
  async function* openStdin() {
    yield* stdin;
  }
  const code = await treeHash(words, terminal, { openStdin });
  return { code, ...output };
}

describe("moraine treehash", () => {
  it("prints a line for each file, with no control character of its name", async () => {
    assert.deepEqual(await run([large, small]), {
      code: 0,
      stdout: `${treeHashHex(bytes)}  ${large}\n${A_HASH}  ${folder}/small\\u{1b}[31m.bin\n`,
      stderr: "",
    });
  });

  it("reads standard input for -", async () => {
    const stdin = [bytes.subarray(0, 5), bytes.subarray(5)];
    assert.equal((await run(["-"], stdin)).stdout, `${treeHashHex(bytes)}  -\n`);
  });

  it("prints parts with their ranges before the whole", async () => {
    const { stdout } = await run(["--part", "2MiB", large]);
    assert.deepEqual(stdout.split("\n"), [
      `${treeHashHex(bytes.subarray(0, 2 * MIB))}  ${large}  0-2097151`,
      `${treeHashHex(bytes.subarray(2 * MIB))}  ${large}  2097152-2621439`,
      `${treeHashHex(bytes)}  ${large}`,
      "",
    ]);
  });

  it("prints JSON lines with size and linear SHA-256", async () => {
    const { stdout } = await run(["--json", "--part", "2048KiB", large]);
    const lines = stdout.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        {
          ...{ event: "part", file: large, range: "0-2097151" },
          treeHash: treeHashHex(bytes.subarray(0, 2 * MIB)),
        },
        {
          ...{ event: "part", file: large, range: "2097152-2621439" },
          treeHash: treeHashHex(bytes.subarray(2 * MIB)),
        },
        {
          ...{ event: "file", file: large, sizeBytes: bytes.length },
          ...{ treeHash: treeHashHex(bytes), sha256: sha256Hex(bytes) },
        },
      ],
    );
  });

  it("takes part sizes in bytes and in every unit, in either case", async () => {
    for (const size of ["1048576", "1024KiB", "1MiB", "1mib", "4GiB"]) {
      assert.equal((await run(["--part", size, small])).code, 0, size);
    }
  });

  it("names a file that it can't read, hashes the others and ends with 1", async () => {
    const { code, stdout, stderr } = await run([join(folder, "nope"), folder, large]);
    assert.equal(code, 1);
    assert.equal(stdout, `${treeHashHex(bytes)}  ${large}\n`);
    assert.match(stderr, /nope: ENOENT.*\n.*: EISDIR.*\n$/);
  });

  it("ends with 2 for wrong words and prints no hash", async () => {
    const sizes = ["0", "1", "16", "512KiB", "3MiB", "8GiB", "1MB", "MiB", "-1", "1.5MiB", ""];
    const mistakes = sizes.map((size) => [`--part=${size}`, large]);
    for (const words of [[], ["--sha", large], ["-", "-"], ...mistakes]) {
      const { code, stdout, stderr } = await run(words);
      assert.deepEqual([code, stdout], [2, ""], words.join(" "));
      assert.notEqual(stderr, "");
    }
  });

  it("explains itself with examples", async () => {
    const { code, stdout } = await run(["--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /Examples:\n {2}moraine treehash backup\.tar\n/);
  });
});
