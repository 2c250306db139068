/** `moraine glacier`: takes the command lines of `aws glacier` (contract §7). */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { loadConfigFiles, settingOf } from "../../client/config-files.ts";
import type { Terminal } from "../terminal.ts";
import { createClientCaller } from "./client-caller.ts";
import { CommandFailure, exitStatus, formatFailure } from "./errors-and-exit-codes.ts";
import {
  findCompatibility,
  type GlobalOptions,
  OUTPUT_FORMATS,
  type OutputFormat,
} from "./global-options.ts";
import { parseArguments } from "./parse-arguments.ts";
import { runInvocation } from "./run-invocation.ts";

const DEFAULT_TERMINAL_WIDTH = 80;

/** Runs the command; resolves with the AWS CLI's exit status. Never throws. */
export async function runGlacier(words: readonly string[], terminal: Terminal): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once("SIGINT", interrupt);
  try {
    await run(words, terminal, interruption.signal);
    return 0;
  } catch (error) {
    const failure = asFailure(error, interruption.signal);
    if (failure.failure === "interrupted") {
      terminal.stdout("\n");
    } else {
      terminal.stderr(formatFailure(failure));
    }
    return exitStatus(failure.failure, findCompatibility(words));
  } finally {
    process.removeListener("SIGINT", interrupt);
  }
}

async function run(
  words: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { env } = process;
  const version = readVersion();
  const invocation = parseArguments(words);
  const caller = createClientCaller(invocation.options, {
    env,
    signal,
    userAgent: `moraine/${version}`,
    debug: (line) => terminal.stderr(line),
  });
  try {
    await runInvocation(invocation, {
      caller,
      write: (text) => terminal.stdout(text),
      version,
      defaultFormat: await findDefaultFormat(invocation.options, env),
      terminalWidth: process.stdout.columns ?? DEFAULT_TERMINAL_WIDTH,
      isTerminal: process.stdout.isTTY === true,
    });
  } finally {
    caller.close();
  }
}

function asFailure(error: unknown, signal: AbortSignal): CommandFailure {
  if (signal.aborted) {
    return new CommandFailure("interrupted", "", { cause: error });
  }
  if (error instanceof CommandFailure) {
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CommandFailure("general", message, { cause: error });
}

/** `AWS_DEFAULT_OUTPUT`, else the profile's `output`, else JSON. */
async function findDefaultFormat(
  { output, profile }: GlobalOptions,
  env: NodeJS.ProcessEnv,
): Promise<OutputFormat> {
  if (output !== undefined) {
    return output;
  }
  const wanted = env["AWS_DEFAULT_OUTPUT"] || (await findProfileOutput(profile, env)) || "json";
  const format = OUTPUT_FORMATS.find((each) => each === wanted);
  if (format === undefined) {
    throw new CommandFailure("general", `Unknown output type: ${wanted}`);
  }
  return format;
}

async function findProfileOutput(
  flag: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const name = flag || env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || "default";
  try {
    const { profiles } = await loadConfigFiles({ env, homeDir: homedir(), readFile: readIfThere });
    return settingOf(profiles.get(name), "output");
  } catch {
    // A file that can't be read is reported when the client needs it; a skeleton or help does not.
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}

function readVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
