/** Manual pages in roff, from the same descriptions that parse the words. Pure. */
import type { Argument, Command, Option } from "commander";
import { GLOBAL_HEADING } from "../session/global-flags.ts";
import { listLeaves, notesOf } from "./describe-command.ts";

export interface ManPageFacts {
  readonly version: string;
  /** The day of the release, such as `2026-11-27`. */
  readonly date: string;
  /** Other pages to see, such as `moraine-put(1)`. */
  readonly seeAlso: readonly string[];
}

/** The page `moraine-<name>(1)` of a command, with its subcommands. */
export function formatManPage(command: Command, facts: ManPageFacts): string {
  const page = command.name().replaceAll(" ", "-");
  const lines = [
    `.TH ${quoteRoff(page.toUpperCase())} 1 ${quoteRoff(facts.date)} ${quoteRoff(`Moraine ${facts.version}`)}`,
    ".SH NAME",
    `${escapeRoff(page)} \\- ${escapeRoff(command.description().replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    ...listLeaves(command).flatMap((leaf) => [
      ".PP",
      `\\fB${escapeRoff(fullName(leaf))}\\fR ${escapeRoff(leaf.usage())}`,
    ]),
    ".SH DESCRIPTION",
    ...paragraphs(notesOf(command)),
    ...listLeaves(command).flatMap((leaf) => formatLeaf(leaf, leaf !== command)),
    ...formatOptions("GLOBAL OPTIONS", globalOptions(command)),
    ".SH EXIT STATUS",
    escapeRoff("See moraine help exit."),
    ".SH SEE ALSO",
    escapeRoff(facts.seeAlso.join(", ")),
  ];
  return `${lines.join("\n")}\n`;
}

/** A page of plain text, such as that of a help topic. */
export function formatTextPage(
  page: string,
  summary: string,
  text: string,
  facts: ManPageFacts,
): string {
  const lines = [
    `.TH ${quoteRoff(page.toUpperCase())} 7 ${quoteRoff(facts.date)} ${quoteRoff(`Moraine ${facts.version}`)}`,
    ".SH NAME",
    `${escapeRoff(page)} \\- ${escapeRoff(summary.replace(/\.$/, ""))}`,
    ".SH DESCRIPTION",
    ...paragraphs(text),
    ".SH SEE ALSO",
    escapeRoff(facts.seeAlso.join(", ")),
  ];
  return `${lines.join("\n")}\n`;
}

function fullName(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) {
    names.unshift(each.name());
  }
  return names.join(" ");
}

function formatLeaf(command: Command, isSubcommand: boolean): readonly string[] {
  const own = command.createHelp().visibleOptions(command);
  const options = own.filter(
    (option) => option.helpGroupHeading !== GLOBAL_HEADING && option.long !== "--help",
  );
  const title = isSubcommand ? fullName(command) : "OPTIONS";
  return [
    ...(isSubcommand ? [`.SH ${quoteRoff(title)}`, escapeRoff(command.description())] : []),
    ...command.registeredArguments.flatMap(formatArgument),
    ...(isSubcommand ? options.flatMap(formatOption) : formatOptions("OPTIONS", options)),
    ...(isSubcommand ? [".PP", ...paragraphs(notesOf(command))] : []),
  ];
}

function formatArgument(argument: Argument): readonly string[] {
  const { variadic, required } = argument;
  const name = `${argument.name()}${variadic ? "..." : ""}`;
  const term = required ? `<${name}>` : `[${name}]`;
  return [".TP", `\\fB${escapeRoff(term)}\\fR`, escapeRoff(argument.description)];
}

function formatOptions(title: string, options: readonly Option[]): readonly string[] {
  return options.length === 0 ? [] : [`.SH ${title}`, ...options.flatMap(formatOption)];
}

function formatOption(option: Option): readonly string[] {
  const choices = option.argChoices === undefined ? "" : ` One of ${option.argChoices.join(", ")}.`;
  const text = `${option.description}${choices}`;
  return [".TP", `\\fB${escapeRoff(option.flags)}\\fR`, escapeRoff(text)];
}

function globalOptions(command: Command): readonly Option[] {
  const [leaf] = listLeaves(command);
  return (leaf?.options ?? []).filter((option) => option.helpGroupHeading === GLOBAL_HEADING);
}

/** Blank lines part paragraphs; indented lines stay as they are. */
function paragraphs(text: string): readonly string[] {
  const lines = text.trim().split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") {
      return [".PP"];
    }
    const isLiteral = /^\s/.test(line);
    const before = index > 0 && /^\s/.test(lines[index - 1] ?? "");
    const after = /^\s/.test(lines[index + 1] ?? "");
    return [
      ...(isLiteral && !before ? [".nf"] : []),
      escapeRoff(line),
      ...(isLiteral && !after ? [".fi"] : []),
    ];
  });
}

/** Text as roff prints it. Backslashes and hyphens are roff's own; so is a dot or an apostrophe that begins a line. */
export function escapeRoff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^([.'])/gm, "\\&$1");
}

/** Text as one argument of a request. */
export function quoteRoff(text: string): string {
  return `"${escapeRoff(text).replaceAll('"', '""')}"`;
}
