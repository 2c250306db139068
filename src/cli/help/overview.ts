/** `moraine --help`: the commands, by what they are for. */
import { COMMAND_GROUPS } from "../command-row.ts";
import { COMMANDS } from "../command-table.ts";
import { HELP_TOPICS } from "./topics.ts";
import { wrapText } from "./wrap-text.ts";

const INDENT = 2;
const GAP = 2;

/** The overview, no wider than `columns`. */
export function formatOverview(columns: number): string {
  const names = [...COMMANDS, ...HELP_TOPICS].map(({ name }) => name);
  const nameColumns = Math.max(...names.map((name) => name.length));
  const format = (rows: readonly { readonly name: string; readonly summary: string }[]) =>
    rows.map(({ name, summary }) => {
      const indent = INDENT + nameColumns + GAP;
      const text = wrapText(summary, Math.max(20, columns - indent), indent);
      return `${" ".repeat(INDENT)}${name.padEnd(nameColumns + GAP)}${text}`;
    });
  const lines = [
    "Usage: moraine <command> [words] [flags]",
    ...COMMAND_GROUPS.flatMap((group) => [
      "",
      `${group}:`,
      ...format(COMMANDS.filter((row) => row.group === group)),
    ]),
    "",
    "To read:",
    ...format(HELP_TOPICS.map(({ name, summary }) => ({ name: `help ${name}`, summary }))),
    "",
    "`moraine help <command>` or `moraine <command> --help` explains a command, with examples.",
    "`moraine --version` prints the version.",
  ];
  return `${lines.join("\n")}\n`;
}
