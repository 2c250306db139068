import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GlobalFlags } from "../session/global-flags.ts";
import { createReporter } from "./reporter.ts";

const FLAGS: GlobalFlags = { verifySsl: true, progress: true, color: "auto" };

function report(
  flags: Partial<GlobalFlags> = {},
  more: { readonly env?: Record<string, string>; readonly isScreen?: boolean } = {},
) {
  const written = { stdout: "", stderr: "" };
  const terminal = {
    stdout: (text: string) => {
      written.stdout += text;
    },
    stderr: (text: string) => {
      written.stderr += text;
    },
    isOutputScreen: more.isScreen,
    screen: more.isScreen ? { stream: process.stderr, columns: () => 80 } : undefined,
  };
  const { env = {} } = more;
  const context = { flags: { ...FLAGS, ...flags }, terminal, env, nowMs: () => 0 };
  const reporter = createReporter(context);
  reporter.data({ event: "vault", name: "a" }, "a");
  reporter.done({ event: "uploaded", name: "b" }, "uploaded b");
  reporter.note("a remark");
  reporter.failed({ event: "failed", name: "c" }, "failed c");
  return { ...written, hasColor: reporter.hasColor };
}

describe("createReporter", () => {
  it("prints data on standard output and everything else on standard error", () => {
    assert.deepEqual(report(), {
      stdout: "a\n",
      stderr: "uploaded b\na remark\nfailed c\n",
      hasColor: false,
    });
  });

  it("prints events as lines of JSON on standard output with --json", () => {
    const { stdout, stderr } = report({ json: true });
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
      [
        { event: "vault", name: "a" },
        { event: "uploaded", name: "b" },
        { event: "failed", name: "c" },
      ],
    );
    assert.equal(stderr, "a remark\nfailed c\n");
  });

  it("leaves only data and failures with --quiet", () => {
    const { stdout, stderr } = report({ quiet: true });
    assert.deepEqual([stdout, stderr], ["a\n", "failed c\n"]);
  });

  it("colours on a terminal, by flags and variables, and nowhere else", () => {
    const red = "\u001b[31mfailed c\u001b[39m\n";
    assert.ok(report({}, { isScreen: true }).stderr.endsWith(red));
    assert.equal(report({}, { isScreen: true }).hasColor, true);
    assert.ok(report({ color: "on" }).stderr.endsWith(red));
    assert.ok(report({}, { env: { FORCE_COLOR: "1" } }).stderr.endsWith(red));
    for (const [flags, env] of [
      [{ color: "off" }, {}],
      [{}, { NO_COLOR: "1" }],
      [{}, { TERM: "dumb" }],
    ] as const) {
      const { stderr, hasColor } = report(flags, { isScreen: true, env });
      assert.deepEqual([stderr.includes("\u001b"), hasColor], [false, false]);
    }
  });

  it("sends no control character of a name to a terminal", () => {
    let printed = "";
    const write = (text: string) => {
      printed += text;
    };
    const terminal = { stdout: write, stderr: write };
    const reporter = createReporter({ flags: FLAGS, terminal, env: {}, nowMs: () => 0 });
    reporter.done({ event: "uploaded" }, "uploaded a\u001b[2Jb");
    assert.equal(printed, "uploaded a\\u{1b}[2Jb\n");
  });
});
