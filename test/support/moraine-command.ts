/** Runs `moraine` as a person would, against a server of the test and in a home folder of its own. */

import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { SessionSurroundings } from "../../src/cli/session/session.ts";
import type { Verb } from "../../src/cli/session/verb.ts";
import { concatBytes, utf8Bytes } from "../../src/std/bytes.ts";
import { awsEnvironment, type CommandResult, makeFolder, runCommand } from "./external-command.ts";
import type { ServerProcess } from "./server-process.ts";

export const moraineProgram = resolve(import.meta.dirname, "../../bin/moraine.mjs");

export interface MoraineHome {
  /** Holds configuration, journals and whatever the test puts there. */
  readonly path: string;
  /** What a process needs to reach the server as its root. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a verb in this process, which is quicker than a process of its own; nobody can be asked. */
  verb(verb: Verb, words: readonly string[], options?: VerbOptions): Promise<CommandResult>;
  /** Runs the program; resolves with output and exit status, whatever it is. */
  run(words: readonly string[], options?: RunOptions): Promise<CommandResult>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
}

export interface VerbOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  readonly surroundings?: Partial<SessionSurroundings>;
}

/** A home folder with the server's root credentials in its environment. */
export async function makeMoraineHome(
  server: Pick<ServerProcess, "apiUrl" | "credentials">,
): Promise<MoraineHome> {
  const { path, remove } = await makeFolder();
  const env = {
    ...withoutSettings(process.env),
    ...awsEnvironment(server.credentials),
    AWS_ENDPOINT_URL: server.apiUrl,
    HOME: path,
    XDG_CONFIG_HOME: join(path, "config"),
    XDG_DATA_HOME: join(path, "data"),
  };
  return {
    path,
    env,
    verb: async (verb, words, options = {}) =>
      await runVerb(verb, words, { ...options, env: { ...env, ...options.env }, homeDir: path }),
    run: async (words, options = {}) =>
      await runCommand(process.execPath, [moraineProgram, ...words], {
        ...(options.input === undefined ? {} : { input: options.input }),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        env: { ...env, ...options.env },
      }),
    remove,
  };
}

async function runVerb(
  verb: Verb,
  words: readonly string[],
  options: VerbOptions & { readonly env: NodeJS.ProcessEnv; readonly homeDir: string },
): Promise<CommandResult> {
  const { env, homeDir, input = "", surroundings = {} } = options;
  const output = { stdout: "", stderr: "" };
  const terminal = {
    stdout: (text: string) => {
      output.stdout += text;
    },
    stderr: (text: string) => {
      output.stderr += text;
    },
  };
  const code = await verb.run(words, terminal, {
    env,
    homeDir,
    nowMs: Date.now,
    sleep: async (durationMs, signal) => {
      await pause(durationMs, undefined, { signal });
    },
    openStdin: async function* () {
      yield concatBytes([typeof input === "string" ? utf8Bytes(input) : input]);
    },
    fetch,
    userAgent: "moraine/test",
    ...surroundings,
  });
  return { code, ...output };
}

/** The events that `--json` printed. */
export function parseEvents({ stdout }: CommandResult): readonly Record<string, unknown>[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(AWS_|MORAINE_|XDG_)/.test(name)),
  );
}
