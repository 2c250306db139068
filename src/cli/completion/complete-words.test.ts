import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COMMANDS } from "../command-table.ts";
import { completeWords } from "./complete-words.ts";

async function values(line: string): Promise<readonly string[]> {
  const words = line.split(" ");
  return (await completeWords(COMMANDS, words.slice(0, -1), words.at(-1) ?? "")).map(
    ({ value }) => value,
  );
}

describe("completeWords", () => {
  it("offers every command, and help", async () => {
    assert.deepEqual(await values(""), [...COMMANDS.map(({ name }) => name), "help"]);
    assert.deepEqual(await values("vau"), ["vault"]);
  });

  it("offers subcommands, also of subcommands", async () => {
    assert.deepEqual(await values("vault l"), ["lock"]);
    assert.deepEqual(await values("vault lock "), ["init", "complete", "abort", "show"]);
  });

  it("offers flags that were not given yet, of the command and of all commands", async () => {
    const flags = await values("vault rm photos --yes -");
    assert.ok(flags.includes("--purge"));
    assert.ok(flags.includes("--endpoint-url"));
    assert.ok(!flags.includes("--yes"));
  });

  it("offers the choices of a flag after it, and files where anything may stand", async () => {
    assert.deepEqual(await values("ls --color "), ["auto", "on", "off"]);
    assert.deepEqual(await values("ls --profile "), []);
    assert.deepEqual(await values("treehash ./b"), []);
  });

  it("offers shells, and topics of help", async () => {
    assert.deepEqual(await values("completion "), ["bash", "zsh", "fish", "words"]);
    assert.deepEqual(await values("help conc"), ["concepts"]);
  });

  it("offers nothing for a command that is not there", async () => {
    assert.deepEqual(await values("frobnicate "), []);
  });
});
