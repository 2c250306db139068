/** What a row of the table of commands says. */
import type { Command as CommanderCommand } from "commander";
import type { Terminal } from "./terminal.ts";

/** Runs a command with the words after its name; resolves with the exit status. */
export type Command = (words: readonly string[], terminal: Terminal) => Promise<number>;

/** The headings of `moraine --help`, in their order. */
export const COMMAND_GROUPS = [
  "Archives",
  "Vaults, jobs and catalogue",
  "Settings and tools",
  "The API as it is",
  "The service and its operator",
] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

export interface CommandRow {
  readonly name: string;
  readonly group: CommandGroup;
  /** One sentence, for `moraine --help`. */
  readonly summary: string;
  load(): Promise<Command>;
  /** Its words, for manual pages and completion; `glacier` has a parser of its own. */
  describe?(): Promise<CommanderCommand>;
}
