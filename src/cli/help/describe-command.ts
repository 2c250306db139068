/** What manual pages and the reference read from a command that is described and never run. */
import type { Command } from "commander";

/** The command itself, or the commands below it that do something. */
export function listLeaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(listLeaves);
}

/** What `addHelpText` put after the help: explanations, then examples. */
export function notesOf(command: Command): string {
  let printed = "";
  command.configureOutput({
    writeOut: (text) => {
      printed += text;
    },
    getOutHelpWidth: () => 80,
  });
  command.outputHelp();
  return printed.slice(command.helpInformation().length);
}
