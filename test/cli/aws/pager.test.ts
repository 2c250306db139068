import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { decidePager, openPager } from "../../../src/cli/aws/pager.ts";

const ON_TERMINAL = { env: {}, profilePager: undefined, wanted: true, isTerminal: true };

describe("decidePager", () => {
  it("takes the first of AWS_PAGER, cli_pager, PAGER and less", () => {
    const env = { AWS_PAGER: "a -x", PAGER: "c" };
    const profilePager = "b";
    assert.deepEqual(decidePager({ ...ON_TERMINAL, env, profilePager }), ["a", "-x"]);
    assert.deepEqual(decidePager({ ...ON_TERMINAL, env: { PAGER: "c" }, profilePager }), ["b"]);
    assert.deepEqual(decidePager({ ...ON_TERMINAL, env: { PAGER: "c" } }), ["c"]);
    assert.deepEqual(decidePager(ON_TERMINAL), ["less"]);
  });

  it("has no pager where one is set to nothing, unwanted or without terminal", () => {
    assert.equal(decidePager({ ...ON_TERMINAL, env: { AWS_PAGER: "", PAGER: "c" } }), undefined);
    assert.equal(decidePager({ ...ON_TERMINAL, profilePager: "", env: { PAGER: "c" } }), undefined);
    assert.equal(decidePager({ ...ON_TERMINAL, wanted: false }), undefined);
    assert.equal(decidePager({ ...ON_TERMINAL, isTerminal: false }), undefined);
  });
});

describe("openPager", () => {
  const open = (words: readonly string[], env: Record<string, string> = {}) => {
    const seen = { plain: "", warned: "" };
    const output = openPager(words, {
      env: { PATH: process.env["PATH"], ...env },
      plain: (text) => {
        seen.plain += text;
      },
      warn: (text) => {
        seen.warned += text;
      },
    });
    return { output, seen };
  };

  it("gives the text to the program, with flags for less that LESS replaces", async () => {
    const folder = await mkdtemp(join(tmpdir(), "moraine-pager-"));
    const path = join(folder, "seen");
    const script = `echo "$LESS" > ${path}; cat >> ${path}`;
    for (const [env, flags] of [[{}, "FRX"] as const, [{ LESS: "S" }, "S"] as const]) {
      const { output, seen } = open(["sh", "-c", script], env);
      output.write("one\n");
      output.write("two\n");
      await output.end();
      assert.equal(await readFile(path, "utf8"), `${flags}\none\ntwo\n`);
      assert.deepEqual(seen, { plain: "", warned: "" });
    }
    await rm(folder, { recursive: true });
  });

  it("goes on when the program quits before it has read everything", async () => {
    const { output } = open(["true"]);
    output.write("x".repeat(1_000_000));
    await output.end();
    output.write("more");
    await output.end();
  });

  it("starts nothing when there is nothing to show", async () => {
    const { output } = open(["sh", "-c", "exit 1"]);
    output.write("");
    await output.end();
  });

  it("shows the text itself when there is no such program, and says so of one that was set", async () => {
    const missing = open(["moraine-no-such-pager"]);
    missing.output.write("text");
    await missing.output.end();
    assert.equal(missing.seen.plain, "text");
    assert.match(missing.seen.warned, /no program moraine-no-such-pager/);
    const without = open(["less"], { PATH: "/nonexistent" });
    without.output.write("text");
    await without.output.end();
    assert.deepEqual(without.seen, { plain: "text", warned: "" });
  });
});
