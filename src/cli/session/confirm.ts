/** Asking before something is destroyed. */
import { EXIT } from "../exit-codes.ts";
import type { Session } from "./session.ts";
import { usageFailure, VerbFailure } from "./verb-failure.ts";

/**
 * Goes on when `--yes` was given or somebody types `word`, usually the vault's name. Throws a `VerbFailure`
 * when nobody can be asked (`usage`) and when something else is typed (`failed`); `loss` says what goes.
 */
export async function confirmLoss(
  { flags, terminal }: Session,
  { loss, word }: { readonly loss: string; readonly word: string },
): Promise<void> {
  if (flags.yes) {
    return;
  }
  if (!terminal.isInteractive) {
    throw usageFailure(`${loss}. Nothing was done: give --yes to go on without being asked`);
  }
  const { text, isCancel } = await import("@clack/prompts");
  const answer = await text({
    message: `${loss}. Type ${JSON.stringify(word)} to go on:`,
    output: process.stderr,
  });
  if (isCancel(answer) || answer !== word) {
    throw new VerbFailure(EXIT.failed, "nothing was done");
  }
}
