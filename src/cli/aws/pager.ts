/** The pager that output goes through on a terminal, chosen and started as the AWS CLI v2 does. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { splitCommand } from "./split-command.ts";

export interface PagerChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `cli_pager` of the profile; empty for no pager. */
  readonly profilePager: string | undefined;
  /** Without `--no-cli-pager`. */
  readonly wanted: boolean;
  readonly isTerminal: boolean;
}

const DEFAULT_PAGER = "less";
/** Quits when all fits the screen, shows colors, leaves the screen as it is; `LESS` goes before it. */
const LESS_FLAGS = "FRX";

/** Where output goes. */
export interface Output {
  write(text: string): void;
  /** Resolves when everything was shown, or the reader of it has quit. */
  end(): Promise<void>;
}

/**
 * The words of the pager's command: `AWS_PAGER`, the profile's `cli_pager`, `PAGER`, or `less`. The first that
 * is set decides, also when it is empty and so asks for no pager. `undefined`: no pager.
 */
export function decidePager(choice: PagerChoice): readonly string[] | undefined {
  const { env, profilePager, wanted, isTerminal } = choice;
  if (!wanted || !isTerminal) {
    return undefined;
  }
  const command = env["AWS_PAGER"] ?? profilePager ?? env["PAGER"] ?? DEFAULT_PAGER;
  const words = splitCommand(command);
  return words.length === 0 ? undefined : words;
}

/**
 * An output through the pager, which starts with the first text. What there is no program for, `warn` is
 * told of, except for the default; the text then goes to `plain`. A pager that quits early takes what it was
 * given, and the rest is dropped.
 */
export function openPager(
  words: readonly string[],
  surroundings: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly plain: (text: string) => void;
    readonly warn: (text: string) => void;
  },
): Output {
  const { env, plain, warn } = surroundings;
  const [program = "", ...args] = words;
  if (!isProgram(program, env["PATH"] ?? "")) {
    if (program !== DEFAULT_PAGER) {
      warn(`\nUnable to redirect output to pager: there is no program ${program}.\n`);
    }
    return { write: plain, end: async () => {} };
  }
  let started: ReturnType<typeof startPager> | undefined;
  return {
    write: (text) => {
      if (text !== "") {
        started ??= startPager(program, args, env);
        started.write(text);
      }
    },
    end: async () => await started?.end(),
  };
}

function startPager(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Output {
  const child = spawn(program, args, {
    env: { LESS: LESS_FLAGS, ...env },
    stdio: ["pipe", "inherit", "inherit"],
  });
  // The keys of the terminal, ^C among them, are the pager's while it runs.
  const ignore = () => {};
  process.on("SIGINT", ignore);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  }).finally(() => process.removeListener("SIGINT", ignore));
  // The pager may quit before it has read everything.
  child.stdin.on("error", ignore);
  return {
    write: (text) => {
      if (child.stdin.writable) {
        child.stdin.write(text);
      }
    },
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

function isProgram(name: string, path: string): boolean {
  const candidates = name.includes("/")
    ? [name]
    : path.split(delimiter).map((folder) => join(folder, name));
  return candidates.some((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
