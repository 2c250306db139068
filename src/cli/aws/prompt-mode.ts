/** Whether to ask for what a command line lacks, decided as the AWS CLI v2 does. */
import { CommandFailure } from "./errors-and-exit-codes.ts";

/** `on`: before every command. `on-partial`: when the command line is refused. */
export type PromptMode = "on" | "on-partial" | "off";

/** Throws a `CommandFailure` for words that ask for both. */
export function decidePromptMode(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  profileMode: string | undefined,
): PromptMode {
  const isWanted = words.includes("--cli-auto-prompt");
  const isUnwanted = words.includes("--no-cli-auto-prompt");
  if (isWanted && isUnwanted) {
    throw new CommandFailure(
      "parameter",
      "Both --cli-auto-prompt and --no-cli-auto-prompt cannot be specified at the same time.",
    );
  }
  if (isUnwanted || ["help", "--version", "--help"].some((word) => words.includes(word))) {
    return "off";
  }
  if (isWanted) {
    return "on";
  }
  const mode = (env["AWS_CLI_AUTO_PROMPT"] ?? profileMode ?? "off").toLowerCase();
  return (["on", "on-partial"] as const).find((each) => each === mode) ?? "off";
}
