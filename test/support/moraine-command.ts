/** Runs `moraine` as a person would, against a server of the test and in a home folder of its own. */

import { join, resolve } from "node:path";
import type { Verb } from "../../src/cli/session/verb.ts";
import { awsEnvironment, type CommandResult, makeFolder, runCommand } from "./external-command.ts";
import type { ServerProcess } from "./server-process.ts";
import { type RunOptions as RunVerbOptions, runVerb, type VerbRun } from "./verb-world.ts";

export const moraineProgram = resolve(import.meta.dirname, "../../bin/moraine.mjs");

/** `stdin` and clock; a variable that is `undefined` is left out of the environment. */
type VerbOptions = Omit<RunVerbOptions, "env"> & {
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export interface MoraineHome {
  /** Holds configuration, journals and whatever the test puts there. */
  readonly path: string;
  /** What a process needs to reach the server as its root. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a verb in this process, which is quicker than a process of its own; nobody can be asked. */
  verb(verb: Verb, words: readonly string[], options?: VerbOptions): Promise<VerbRun>;
  /** Runs the program; resolves with output and exit status, whatever it is. */
  run(words: readonly string[], options?: RunOptions): Promise<CommandResult>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
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
      await runVerb(verb, words, { ...options, env: { ...env, ...options.env }, folder: path }),
    run: async (words, options = {}) =>
      await runCommand(process.execPath, [moraineProgram, ...words], {
        ...(options.input === undefined ? {} : { input: options.input }),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        env: { ...env, ...options.env },
      }),
    remove,
  };
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(AWS_|MORAINE_|XDG_)/.test(name)),
  );
}
