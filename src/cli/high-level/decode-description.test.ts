import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeDescriptions } from "./decode-description.ts";

const MT2 =
  "mt2 eyJmaWxlbmFtZSI6InBob3Rvcy_DvG7DryBjb2RlLnR4dCIsIm10aW1lIjoiMjAyNjAxMDJUMDMwNDA1WiJ9";
const FAST4 =
  "<m><v>4</v><p>Z2xhY2llci1kZy5wZGY=</p><lm>20120821T170824Z</lm>" +
  "<ce>1:0:4340ebcf79712dc5e3ef7d50bab98ba5:54687</ce></m>";

async function run(words: readonly string[], stdin: readonly Uint8Array[] = [], failure?: Error) {
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
    if (failure !== undefined) {
      throw failure;
    }
  }
  const code = await decodeDescriptions(words, terminal, { openStdin });
  return { code, ...output };
}

/** The names in the JSON lines for what is read from standard input. */
async function namesOf(stdin: readonly Uint8Array[]): Promise<string[]> {
  const { stdout } = await run(["--json", "-"], stdin);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).name);
}

describe("moraine decode-description", () => {
  it("prints a row for the description it is given", async () => {
    assert.deepEqual(await run([FAST4]), {
      code: 0,
      stdout: [
        "          SIZE  MODIFIED              FROM            NAME\n",
        "         54687  2012-08-21T17:08:24Z  FastGlacier     glacier-dg.pdf\n",
      ].join(""),
      stderr: "",
    });
  });

  it("prints all that it finds as a line of JSON", async () => {
    const { code, stdout } = await run(["--json", FAST4]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), {
      ...{ name: "glacier-dg.pdf", tool: "FastGlacier", modifiedAt: "2012-08-21T17:08:24Z" },
      ...{ sizeBytes: 54_687, isCompressed: true, isEncrypted: false },
      ...{ md5: "4340ebcf79712dc5e3ef7d50bab98ba5", raw: FAST4 },
    });
  });

  it("decodes each line of standard input, wherever the chunks are cut", async () => {
    const bytes = Buffer.from(`${MT2}\r\n\nFüße\u2028.txt\nlast`);
    const expected = ["photos/ünï code.txt", "unnamed", "Füße\u2028.txt", "last"];
    assert.deepEqual(await namesOf([bytes]), expected);
    assert.deepEqual(await namesOf(Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
    assert.deepEqual(await namesOf([bytes, Buffer.from("\n")]), expected);
  });

  it("prints no row for empty standard input", async () => {
    assert.deepEqual(await namesOf([]), []);
    assert.equal((await run(["-"])).stdout.split("\n").length, 2);
  });

  it("names an archive without a name by the id it is given", async () => {
    const { stdout } = await run(["--archive-id", "NkbByEejwEggmBz2", ""]);
    assert.match(stdout, /none +unnamed\/NkbByEejwEgg\n$/);
  });

  it("escapes control characters of a name in a row", async () => {
    const { stdout } = await run(["a\u001b[31m\n\u009b\u202eb"]);
    assert.match(stdout, / a\\u\{1b\}\[31m\\u\{a\}\\u\{9b\}\\u\{202e\}b\n$/);
  });

  it("ends with 1 when standard input fails, after what was read of it", async () => {
    const { code, stdout, stderr } = await run(["-"], [Buffer.from("a\nb")], new Error("torn"));
    assert.equal(code, 1);
    assert.match(stdout, /plain text {6}a\n$/);
    assert.equal(stderr, "moraine decode-description: standard input: torn\n");
  });

  it("ends with 2 for wrong words and prints no row", async () => {
    for (const words of [[], ["a", "b"], ["--jsn", "a"], ["--archive-id"]]) {
      const { code, stdout, stderr } = await run(words);
      assert.deepEqual([code, stdout], [2, ""], words.join(" "));
      assert.notEqual(stderr, "");
    }
  });

  it("explains itself with examples", async () => {
    const { code, stdout } = await run(["--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /Examples:\n {2}moraine decode-description /);
  });
});
