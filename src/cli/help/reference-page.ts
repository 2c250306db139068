/** The reference of the command line as a page of Markdown, from the same descriptions that parse the words. */
import type { Argument, Command, Option } from "commander";
import { COMMAND_GROUPS, type CommandRow } from "../command-row.ts";
import { GLOBAL_HEADING } from "../session/global-flags.ts";
import { listLeaves, notesOf } from "./describe-command.ts";

/** The page `docs/reference/command-line.md`. */
export async function formatReferencePage(table: readonly CommandRow[]): Promise<string> {
  const described = await Promise.all(
    table.map(async (row) => ({ row, command: await row.describe?.() })),
  );
  const withGlobals = described.find(({ command }) => command && globalOptions(command).length > 0);
  const lines = [
    "# The command line",
    "",
    "Derived from the table of commands by `npm run docs:command-line`; `moraine <command> --help` prints the same.",
    "`moraine glacier` takes the command lines of `aws glacier`: `moraine glacier help` lists its operations. Exit",
    "statuses: `moraine help exit`.",
    "",
    "## Global options",
    "",
    "All commands take them but those of the service's operator, `glacier`, `treehash` and `decode-description`.",
    "",
    ...formatOptions(withGlobals?.command === undefined ? [] : globalOptions(withGlobals.command)),
    ...COMMAND_GROUPS.flatMap((group) => [
      "",
      `## ${group}`,
      ...described
        .filter(({ row }) => row.group === group)
        .flatMap(({ row, command }) => formatRow(row, command)),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function formatRow(row: CommandRow, command: Command | undefined): readonly string[] {
  const head = ["", `### moraine ${row.name}`, "", row.summary];
  if (command === undefined) {
    return head;
  }
  const notes = notesOf(command).trim();
  return [
    ...head,
    ...(notes === "" || command.commands.length === 0 ? [] : fence(notes)),
    ...listLeaves(command).flatMap((leaf) => formatLeaf(leaf)),
  ];
}

function formatLeaf(command: Command): readonly string[] {
  const notes = notesOf(command).trim();
  const options = command
    .createHelp()
    .visibleOptions(command)
    .filter(
      ({ helpGroupHeading, long }) => helpGroupHeading !== GLOBAL_HEADING && long !== "--help",
    );
  const terms = [...command.registeredArguments.map(formatArgument), ...formatOptions(options)];
  return [
    "",
    `\`${fullName(command)} ${command.usage()}\``,
    ...(command.parent === null ? [] : ["", command.description()]),
    ...(terms.length === 0 ? [] : ["", ...terms]),
    ...(notes === "" ? [] : fence(notes)),
  ];
}

function fullName(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) {
    names.unshift(each.name());
  }
  return names.join(" ");
}

function globalOptions(command: Command): readonly Option[] {
  const [leaf] = listLeaves(command);
  return (leaf?.options ?? []).filter(
    ({ helpGroupHeading }) => helpGroupHeading === GLOBAL_HEADING,
  );
}

function formatArgument(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return `- \`${argument.required ? `<${name}>` : `[${name}]`}\`: ${argument.description}`;
}

function formatOptions(options: readonly Option[]): readonly string[] {
  return options.map(({ flags, description, argChoices }) => {
    const choices = argChoices === undefined ? "" : ` One of ${argChoices.join(", ")}.`;
    return `- \`${flags}\`: ${description}${choices}`;
  });
}

function fence(text: string): readonly string[] {
  return ["", "```", text, "```"];
}
