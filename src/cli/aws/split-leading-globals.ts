/** `moraine --region x glacier list-vaults`: options of the AWS CLI before the name of the service. */
import { findFlag } from "./argument-parser.ts";
import { CommandFailure } from "./errors-and-exit-codes.ts";
import { GLOBAL_FLAGS } from "./global-options.ts";

/** The service whose commands the options are for. */
const SERVICE = "glacier";

/**
 * The words for `moraine glacier` when `words` begin with options and come to `glacier` after them: all but
 * that name, options that nobody knows included, which the command then refuses. `undefined` for other words.
 */
export function splitLeadingGlobals(words: readonly string[]): readonly string[] | undefined {
  let index = 0;
  while (words[index]?.startsWith("-") === true) {
    index += takesNextWord(words[index] ?? "") ? 2 : 1;
  }
  return index > 0 && words[index] === SERVICE ? words.toSpliced(index, 1) : undefined;
}

function takesNextWord(word: string): boolean {
  try {
    const found = findFlag(word, GLOBAL_FLAGS);
    return found?.flag.takes === "one" && found.inline === undefined;
  } catch (error) {
    if (error instanceof CommandFailure) {
      return false;
    }
    throw error;
  }
}
