/** `moraine glacier help` and `moraine glacier <command> help`, laid out for the width of the terminal. */
import { findOperation, WAITERS } from "./command-names.ts";
import {
  type CommandDescription,
  describeGlacierCommands,
  describeGlobalOptions,
  describeOperation,
  type FlagDescription,
  formatFlagSynopsis,
} from "./describe-commands.ts";
import { wrapCommand, wrapWords } from "./wrap-words.ts";

/** Longer lines are hard to read, however wide the terminal is. */
const MAX_WIDTH = 100;
const MIN_WIDTH = 40;
/** With less room than this beside their names, descriptions stand below them. */
const MIN_SUMMARY_WIDTH = 32;

/** The help of a command, of all when there is none, in lines of `width` columns at most where words allow. */
export function formatHelp(command: string | undefined, width: number): string {
  const columns = Math.max(MIN_WIDTH, Math.min(width, MAX_WIDTH));
  const operation = command === undefined ? undefined : findOperation(command);
  const lines =
    operation !== undefined
      ? formatOperationHelp(describeOperation(operation), columns)
      : command === "wait"
        ? formatWaitHelp(columns)
        : formatOverview(columns);
  return `${lines.join("\n")}\n`;
}

function formatOperationHelp(command: CommandDescription, width: number): readonly string[] {
  const parts = command.flags.map(formatFlagSynopsis);
  return [
    ...wrapWords([`Usage: moraine glacier ${command.name}`, ...parts], width, "  "),
    "",
    ...wrapText(command.summary, width, ""),
    "",
    "Parameters:",
    ...formatDefinitions(command.flags.map(toDefinition), width),
    "",
    "Options of every command:",
    ...wrapWords(describeGlobalOptions().map(toTerm), width - 2, "").map((line) => `  ${line}`),
    "  `moraine glacier help` explains them.",
    "",
    "Example:",
    ...wrapExample(command.example, width),
  ];
}

function formatWaitHelp(width: number): readonly string[] {
  const commands = describeGlacierCommands().filter(({ name }) => name.startsWith("wait "));
  const flags = commands[0]?.flags ?? [];
  const usage = `Usage: moraine glacier wait <${WAITERS.join("|")}>`;
  return [
    ...wrapWords([usage, ...flags.map(formatFlagSynopsis)], width, "  "),
    "",
    ...wrapText(
      "Asks every 3 seconds, 15 times at most; the exit status is 255 when the condition does not come.",
      width,
      "",
    ),
    "",
    "Conditions:",
    ...formatDefinitions(commands.map(toCommandDefinition), width),
    "",
    "Parameters:",
    ...formatDefinitions(flags.map(toDefinition), width),
    "",
    "Example:",
    ...commands.slice(0, 1).flatMap(({ example }) => wrapExample(example, width)),
  ];
}

function formatOverview(width: number): readonly string[] {
  return [
    "Usage: moraine glacier [options] <command> [parameters]",
    "",
    ...wrapText("Takes the command lines of `aws glacier`.", width, ""),
    "",
    "Commands:",
    ...formatDefinitions(
      [
        ...describeGlacierCommands().map(toCommandDefinition),
        { term: "help", summary: "Prints this." },
      ],
      width,
    ),
    "",
    "Options of every command:",
    ...formatDefinitions(describeGlobalOptions().map(toDefinition), width),
    "",
    ...wrapText("`moraine glacier <command> help` explains a command.", width, ""),
  ];
}

interface Definition {
  readonly term: string;
  readonly summary: string;
}

function toDefinition(flag: FlagDescription): Definition {
  const duty = flag.required ? " (required)" : "";
  return { term: `${toTerm(flag)}`, summary: `${flag.summary}${duty}` };
}

function toTerm({ flag, value }: FlagDescription): string {
  return value === "" ? flag : `${flag} ${value}`;
}

function toCommandDefinition({ name, summary }: CommandDescription): Definition {
  return { term: name, summary };
}

/** Summaries in a column beside their terms when there is room for one, else below them. */
function formatDefinitions(definitions: readonly Definition[], width: number): readonly string[] {
  const termWidth = Math.max(
    ...definitions.map(({ term }) => term.length).filter((length) => length <= TERM_COLUMNS),
    0,
  );
  const indent = " ".repeat(2 + termWidth + 2);
  if (width - indent.length < MIN_SUMMARY_WIDTH) {
    return definitions.flatMap(({ term, summary }) => [
      `  ${term}`,
      ...wrapText(summary, width, "      "),
    ]);
  }
  return definitions.flatMap(({ term, summary }) => {
    const lines = wrapText(summary, width, indent);
    return term.length > termWidth
      ? [`  ${term}`, ...lines]
      : [
          `  ${term.padEnd(termWidth)}  ${lines[0]?.trimStart() ?? ""}`.trimEnd(),
          ...lines.slice(1),
        ];
  });
}

/** Longer terms have a line of their own. */
const TERM_COLUMNS = 32;

function wrapText(text: string, width: number, indent: string): readonly string[] {
  return wrapWords(text.split(" "), width - indent.length, "").map((line) => `${indent}${line}`);
}

function wrapExample(example: string, width: number): readonly string[] {
  return wrapCommand(example.split(/ (?=--)/), width - 2).map((line) => `  ${line}`);
}
