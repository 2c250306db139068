/** `moraine completion`: prints what makes a shell complete words; shells ask it for the words. */
import { Argument } from "commander";
import type { CommandRow } from "../command-row.ts";
import { completeWords } from "../completion/complete-words.ts";
import { formatShellScript, SHELLS, type Shell } from "../completion/shell-scripts.ts";
import { EXIT } from "../exit-codes.ts";
import { createVerb, type Verb } from "../session/verb.ts";

const EXAMPLES = `
Examples:
  source <(moraine completion bash)      # in ~/.bashrc
  source <(moraine completion zsh)       # in ~/.zshrc, after compinit
  moraine completion fish > ~/.config/fish/completions/moraine.fish
`;

/** The verb, which completes the commands of `table`: its own table, so that it is given and not imported. */
export function createCompletion(table: readonly CommandRow[]): Verb {
  return createVerb("completion", (command, { withoutService }) => {
    command
      .description("Print what makes a shell complete the words of moraine.")
      .addArgument(
        new Argument("<shell>", "The shell; scripts ask for `words`.").choices([
          ...SHELLS,
          "words",
        ]),
      )
      .argument(
        "[word...]",
        "With `words`: the words of the command line, the last one unfinished.",
      )
      .addHelpText("after", EXAMPLES);
    withoutService<[Shell | "words", string[]], object>(command, async (session, { words }) => {
      const [shell, line] = words;
      if (shell !== "words") {
        session.terminal.stdout(formatShellScript(shell));
        return EXIT.ok;
      }
      const completions = await completeWords(table, line.slice(0, -1), line.at(-1) ?? "");
      for (const { value, description } of completions) {
        session.terminal.stdout(`${value}\t${description}\n`);
      }
      return EXIT.ok;
    });
  });
}
