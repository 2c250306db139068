/** `moraine glacier`: takes the command lines of `aws glacier` (contract §7). */
import { readPackageVersion } from "../../std/package-file-node.ts";
import type { Terminal } from "../terminal.ts";
import { parseWords } from "./argument-parser.ts";
import { createClientCaller } from "./client-caller.ts";
import { CommandFailure, exitStatus, formatFailure } from "./errors-and-exit-codes.ts";
import {
  findCompatibility,
  GLOBAL_FLAGS,
  type GlobalOptions,
  OUTPUT_FORMATS,
  type OutputFormat,
} from "./global-options.ts";
import { decidePager, type Output, openPager } from "./pager.ts";
import { parseArguments } from "./parse-arguments.ts";
import { loadProfileSettings, type ProfileSettings } from "./profile-settings.ts";
import { decidePromptMode } from "./prompt-mode.ts";
import { runInvocation } from "./run-invocation.ts";

const DEFAULT_TERMINAL_WIDTH = 80;

interface Surroundings {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** From now on ^C is for a pager alone. */
  readonly leaveToPager: () => void;
}

/** Runs the command; resolves with the AWS CLI's exit status. Never throws. */
export async function runGlacier(words: readonly string[], terminal: Terminal): Promise<number> {
  const interruption = new AbortController();
  const { signal } = interruption;
  const interrupt = () => interruption.abort();
  const leaveToPager = () => void process.removeListener("SIGINT", interrupt);
  process.once("SIGINT", interrupt);
  try {
    await runOrPrompt(words, { terminal, env: process.env, signal, leaveToPager });
    return 0;
  } catch (error) {
    const failure = asFailure(error, signal);
    if (failure.failure === "interrupted") {
      terminal.stdout("\n");
    } else {
      terminal.stderr(formatFailure(failure));
    }
    return exitStatus(failure.failure, findCompatibility(words));
  } finally {
    leaveToPager();
  }
}

/** Asks for what the command line lacks, when that is wanted, before or after it was tried. */
async function runOrPrompt(words: readonly string[], surroundings: Surroundings): Promise<void> {
  const { env } = surroundings;
  const settings = await loadProfileSettings(findProfileFlag(words), env);
  const mode = decidePromptMode(words, env, settings.autoPrompt);
  const prompt = async () => await promptOnTerminal(words, surroundings);
  if (mode === "on") {
    await run(await prompt(), settings, surroundings);
    return;
  }
  try {
    await run(words, settings, surroundings);
  } catch (error) {
    if (mode === "off" || !isRefusedLine(error)) {
      throw error;
    }
    await run(await prompt(), settings, surroundings);
  }
}

async function run(
  words: readonly string[],
  settings: ProfileSettings,
  surroundings: Surroundings,
): Promise<void> {
  const { terminal, env, signal } = surroundings;
  const version = readPackageVersion();
  const invocation = parseArguments(words);
  const { options } = invocation;
  const defaultFormat = findDefaultFormat(options, settings, env);
  const caller = createClientCaller(options, {
    env,
    signal,
    userAgent: `moraine/${version}`,
    debug: (line) => terminal.stderr(line),
  });
  const output = openOutput(options, settings, surroundings);
  try {
    await runInvocation(invocation, {
      caller,
      write: (text) => output.write(text),
      version,
      defaultFormat,
      terminalWidth: process.stdout.columns ?? DEFAULT_TERMINAL_WIDTH,
      isTerminal: process.stdout.isTTY === true,
    });
  } finally {
    surroundings.leaveToPager();
    caller.close();
    await output.end();
  }
}

function openOutput(
  options: GlobalOptions,
  settings: ProfileSettings,
  { terminal, env }: Surroundings,
): Output {
  const plain = (text: string) => terminal.stdout(text);
  const pager = decidePager({
    env,
    profilePager: settings.pager,
    wanted: options.pager,
    isTerminal: process.stdout.isTTY === true,
  });
  const warn = (text: string) => terminal.stderr(text);
  return pager === undefined
    ? { write: plain, end: async () => {} }
    : openPager(pager, { env, plain, warn });
}

/** Loaded when it is needed, with the library for prompts. */
async function promptOnTerminal(
  words: readonly string[],
  { terminal, env, signal }: Surroundings,
): Promise<readonly string[]> {
  const { promptAtTerminal } = await import("./prompt-at-terminal.ts");
  return await promptAtTerminal(words, {
    env,
    signal,
    warn: (text) => terminal.stderr(text),
    userAgent: `moraine/${readPackageVersion()}`,
  });
}

function isRefusedLine(error: unknown): boolean {
  return (
    error instanceof CommandFailure && exitStatus(error.failure, "v2") === exitStatus("usage", "v2")
  );
}

function findProfileFlag(words: readonly string[]): string | undefined {
  const flags = GLOBAL_FLAGS.filter(({ flag }) => flag === "--profile");
  const { values } = parseWords(words, flags, []);
  const profile = values.get("--profile");
  return typeof profile === "string" ? profile : undefined;
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
function findDefaultFormat(
  { output }: GlobalOptions,
  settings: ProfileSettings,
  env: NodeJS.ProcessEnv,
): OutputFormat {
  if (output !== undefined) {
    return output;
  }
  const wanted = env["AWS_DEFAULT_OUTPUT"] || settings.output || "json";
  const format = OUTPUT_FORMATS.find((each) => each === wanted);
  if (format === undefined) {
    throw new CommandFailure("general", `Unknown output type: ${wanted}`);
  }
  return format;
}
