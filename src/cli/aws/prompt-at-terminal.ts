/** `--cli-auto-prompt` on this process's terminal. */
import { parseWords } from "./argument-parser.ts";
import { promptForWords } from "./auto-prompt.ts";
import { createClientCaller } from "./client-caller.ts";
import { CommandFailure } from "./errors-and-exit-codes.ts";
import { GLOBAL_FLAGS, readGlobalOptions } from "./global-options.ts";
import { openPromptSurface, PromptCancelled } from "./prompt-surface.ts";
import type { AskService } from "./suggest-values.ts";

/** Whoever is at the keyboard should not wait longer for a list of suggestions. */
const SUGGESTIONS_BOUND_MS = 3000;

export interface PromptTerminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly warn: (text: string) => void;
  readonly userAgent: string;
}

/**
 * The words of a whole command, asked for on standard error, or on standard output when only that is a
 * terminal. Throws a `CommandFailure`: `general` when there is nobody to ask, as the AWS CLI has it, and
 * `interrupted`.
 */
export async function promptAtTerminal(
  words: readonly string[],
  { env, signal, warn, userAgent }: PromptTerminal,
): Promise<readonly string[]> {
  const output = process.stderr.isTTY ? process.stderr : process.stdout;
  if (!process.stdin.isTTY || !output.isTTY) {
    const [name, number] = process.stdin.isTTY ? ["Output", 1] : ["Input", 0];
    warn(`Warning: ${name} is not a terminal (fd=${number}).\n`);
    throw new CommandFailure("general", "");
  }
  const surface = await openPromptSurface({ input: process.stdin, output, signal });
  const askService = (given: readonly string[]) =>
    createAskService(given, { env, signal, userAgent });
  try {
    return await promptForWords(words, { surface, askService });
  } catch (error) {
    if (error instanceof PromptCancelled) {
      throw new CommandFailure("interrupted", "", { cause: error });
    }
    throw error;
  } finally {
    process.stdin.pause();
  }
}

/** One connection for a question, with the global options among `words`. */
function createAskService(
  words: readonly string[],
  { env, signal, userAgent }: Pick<PromptTerminal, "env" | "signal" | "userAgent">,
): AskService {
  return async (operation, parameters) => {
    const options = readGlobalOptions(parseWords(words, GLOBAL_FLAGS, []));
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(SUGGESTIONS_BOUND_MS)]);
    const caller = createClientCaller(
      { ...options, debug: false },
      { env, signal: bounded, userAgent, debug: () => {} },
    );
    try {
      return await caller.call(operation, parameters);
    } finally {
      caller.close();
    }
  };
}
