/**
 * The same command lines through the AWS CLI v2 and through `moraine glacier`, against one service: equal
 * exit statuses, equal output and equivalent requests. Each program has a region, and with it vaults, of
 * its own, and a tap before the service.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  awsEnvironment,
  type CommandResult,
  makeFolder,
  runCommand,
} from "../support/external-command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { type AwsRunner, startAws } from "./cli-differential-aws.ts";
import { FILES, STEPS, type Step } from "./cli-differential-lines.ts";
import { startTap, type Tap } from "./cli-differential-tap.ts";

type Program = "aws" | "moraine";
const PROGRAMS = ["aws", "moraine"] as const;
const REGIONS: Readonly<Record<Program, string>> = { aws: "eu-west-1", moraine: "eu-west-2" };
const ENTRY = resolve(import.meta.dirname, "../../bin/moraine.mjs");
const SERVICE_REFUSED = 254;
const COLOR_RESET = "\u001b[0m";
const NOTHING = /(?!)/g;

interface Side {
  readonly program: Program;
  readonly tap: Tap;
  readonly folder: Awaited<ReturnType<typeof makeFolder>>;
  /** What lines keep for later ones. */
  readonly kept: Map<string, string>;
}

describe("moraine glacier beside the AWS CLI v2", () => {
  let server: ServerProcess;
  let aws: AwsRunner;
  const sides = new Map<Program, Side>();
  /** All that lines of either program kept. */
  const ids: string[] = [];

  const run = async ({ program, tap, folder }: Side, words: readonly string[]) => {
    const named = words.includes("glacier") ? words : ["glacier", ...words];
    const line = named.includes("--endpoint-url") ? named : [...named, "--endpoint-url", tap.url];
    const env = awsEnvironment(server.credentials, REGIONS[program]);
    const home = { HOME: folder.path, PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8" };
    const cwd = folder.path;
    return program === "aws"
      ? await aws.run({ words: line, env: { ...env, ...home }, cwd })
      : await runCommand(process.execPath, [ENTRY, ...line], { env: { ...env, ...home }, cwd });
  };

  const perform = async (side: Side, { line, keep = [], until, ignoring = NOTHING }: Step) => {
    const { kept, tap } = side;
    const words = splitWords(line).map((word) =>
      word.replaceAll(/\$([a-zA-Z]+)/g, (_, name: string) => kept.get(name) ?? `no-${name}`),
    );
    let result: CommandResult;
    let requests: readonly unknown[];
    do {
      result = await run(side, words);
      requests = tap.take();
    } while (until !== undefined && result.code === 0 && !result.stdout.includes(until));
    for (const name of keep) {
      const value = JSON.parse(result.stdout || "{}")[name];
      if (typeof value === "string") {
        kept.set(name, value);
        ids.push(value);
      }
    }
    const masked = (text: string) => mask(text, ids);
    return {
      status: result.code,
      stdout: masked(result.stdout).replaceAll(ignoring, ""),
      stderr: masked(nameMoraine(result.stderr)),
      requests: JSON.parse(masked(JSON.stringify(requests))),
    };
  };

  before(async () => {
    server = await startServer();
    aws = await startAws();
    for (const program of PROGRAMS) {
      const folder = await makeFolder();
      const kept = new Map([["region", REGIONS[program]]]);
      sides.set(program, { program, folder, kept, tap: await startTap(server.apiUrl) });
      for (const [name, content] of Object.entries(FILES)) {
        await writeFile(join(folder.path, name), content);
      }
    }
  });
  after(async () => {
    await aws?.stop();
    for (const { tap, folder } of sides.values()) {
      await tap.stop();
      await folder.remove();
    }
    await server?.stop();
  });

  const sideOf = (program: Program): Side => {
    const side = sides.get(program);
    assert.ok(side);
    return side;
  };
  const both = (step: Step) =>
    Promise.all([perform(sideOf("aws"), step), perform(sideOf("moraine"), step)]);

  for (const [index, step] of STEPS.entries()) {
    it(`does the same at step ${index + 1}: ${step.line}`, async () => {
      const [expected, actual] = await both(step);
      const shown = `aws: ${expected.stderr}\nmoraine: ${actual.stderr}`;
      if (step.refusedHere !== undefined) {
        assert.deepEqual([actual.status, actual.requests], [252, []], shown);
        assert.notEqual(expected.status, 0, "the AWS CLI does not refuse it");
        return;
      }
      const { stderr: _, ...rest } = expected;
      const { stderr: __, ...found } = actual;
      assert.deepEqual(found, rest, shown);
      if (expected.status === SERVICE_REFUSED) {
        assert.equal(actual.stderr, expected.stderr);
      } else if (expected.status !== 0 && step.differentReason === undefined) {
        assert.equal(lastLine(actual.stderr), lastLine(expected.stderr), shown);
      }
    });
  }

  it("leaves the same bytes in the file of a job's output", async () => {
    const read = async (program: Program) =>
      await readFile(join(sideOf(program).folder.path, "output.bin"), "utf8");
    assert.equal(await read("moraine"), "x".repeat(10));
    assert.equal(await read("aws"), "x".repeat(10));
  });

  it("takes ids that begin with a hyphen in the space form, which the AWS CLI does not", async () => {
    const id = `-${"a".repeat(137)}`;
    const line = `delete-archive --account-id - --vault-name photos --archive-id ${id}`;
    const [expected, actual] = await both({ line });
    assert.deepEqual([expected.status, actual.status !== 252], [252, true]);
  });
});

/** Words of a line with the quotes of a shell. */
function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}

/**
 * Without what differs from call to call: ids, dates, the programs' regions, ports and folders; and without
 * the resets of colors that a library of Python puts around every line that it writes.
 */
function mask(text: string, ids: readonly string[]): string {
  const known = ids.reduce((masked, id) => masked.replaceAll(id, "i".repeat(id.length)), text);
  return stripResets(known)
    .replaceAll(/eyJ[\w+/]+=*/g, decodeToken)
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "2000-01-01T00:00:00.000Z")
    .replaceAll(/eu-west-[12]/g, "eu-west-0")
    .replaceAll(/[\w-]{92,}/g, (id) => "i".repeat(id.length))
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:0")
    .replaceAll(/moraine-acceptance-\w+/g, "folder");
}

function stripResets(text: string): string {
  const isReset = (part: string) => part === "";
  return text
    .split("\n")
    .map((line) => {
      const parts = line.split(COLOR_RESET);
      const start = parts.findIndex((part) => !isReset(part));
      const end = parts.findLastIndex((part) => !isReset(part));
      return start < 0 ? "" : parts.slice(start, end + 1).join(COLOR_RESET);
    })
    .join("\n");
}

/** The token that `--max-items` leaves holds a marker, which names the region. */
function decodeToken(token: string): string {
  return Buffer.from(token, "base64").toString("utf8");
}

/** The program goes by another name. */
function nameMoraine(text: string): string {
  return text
    .replace("usage: aws", "usage: moraine")
    .replace("\naws: error", "\nmoraine: error")
    .replaceAll("\n  aws ", "\n  moraine ");
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
