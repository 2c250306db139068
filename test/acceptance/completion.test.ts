/** Completion in the shells themselves: `apt-get install bash zsh fish`. */
import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findProgram, makeFolder, runCommand } from "../support/external-command.ts";
import { moraineProgram } from "../support/moraine-command.ts";

/** What each shell prints for an unfinished line; `FILES` where it would offer file names. */
const SCRIPTS = {
  bash: `source <(moraine completion bash)
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _moraine
    if [ "\${#COMPREPLY[@]}" -eq 0 ]; then echo FILES; else printf '%s\\n' "\${COMPREPLY[@]}"; fi`,
  zsh: `autoload -Uz compinit; compinit -D
    source <(moraine completion zsh)
    _describe() { print -l -- "\${candidates[@]%%:*}" }
    _files() { print FILES }
    words=("$@") CURRENT=$#
    _moraine`,
  fish: `moraine completion fish | source
    set -l found (complete -C "$argv")
    if test (count $found) -eq 0
      echo FILES
    else
      string replace -r '\\t.*' '' -- $found
    end`,
} as const;

describe("completion", () => {
  let folder: Awaited<ReturnType<typeof makeFolder>>;
  before(async () => {
    folder = await makeFolder();
    const program = join(folder.path, "moraine");
    await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${moraineProgram}" "$@"\n`);
    await chmod(program, 0o755);
  });
  after(() => folder.remove());

  for (const shell of ["bash", "zsh", "fish"] as const) {
    it(`completes commands, subcommands, flags and files in ${shell}`, async () => {
      const path = await findProgram([shell], {
        probe: ["--version"],
        expected: /\d/,
        advice: `${shell} is needed: apt-get install ${shell}`,
      });
      const env = { PATH: `${folder.path}:${process.env["PATH"]}`, HOME: folder.path };
      const complete = async (...words: string[]) => {
        const script = SCRIPTS[shell];
        const args = shell === "fish" ? ["-c", script, ...words] : ["-c", script, shell, ...words];
        const result = await runCommand(path, args, { env, cwd: folder.path });
        return result.stdout.trim().split("\n");
      };
      assert.deepEqual(await complete("moraine", "doc"), ["doctor"]);
      assert.deepEqual(await complete("moraine", "vault", "lo"), ["lock"]);
      assert.deepEqual(await complete("moraine", "vault", "rm", "--pu"), ["--purge"]);
      assert.deepEqual(await complete("moraine", "glacier", "list-v"), ["list-vaults"]);
      assert.deepEqual(await complete("moraine", "treehash", "no-such-file"), ["FILES"]);
    });
  }
});
