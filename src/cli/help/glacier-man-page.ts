/** The manual page of `moraine glacier`, from the descriptions of its own parser. */
import {
  type CommandDescription,
  describeGlacierCommands,
  describeGlobalOptions,
  type FlagDescription,
} from "../aws/describe-commands.ts";
import { escapeRoff, type ManPageFacts, quoteRoff } from "./man-page.ts";

/** The page `moraine-glacier(1)`: every operation with its parameters and an example. */
export function formatGlacierManPage(facts: ManPageFacts): string {
  const lines = [
    `.TH "MORAINE\\-GLACIER" 1 ${quoteRoff(facts.date)} ${quoteRoff(`Moraine ${facts.version}`)}`,
    ".SH NAME",
    "moraine\\-glacier \\- call an operation of the API, with the command lines of aws glacier",
    ".SH SYNOPSIS",
    "\\fBmoraine glacier\\fR [options] <command> [parameters]",
    ".SH COMMANDS",
    ...describeGlacierCommands().flatMap(formatCommand),
    ".SH OPTIONS OF EVERY COMMAND",
    ...describeGlobalOptions().flatMap(formatFlag),
    ".SH EXIT STATUS",
    "Those of the AWS CLI: 252 for wrong words, 253 without credentials or region, 254 for errors of the",
    "service, 255 for others; with \\-\\-cli\\-compat v1 those of version 1.",
    ".SH SEE ALSO",
    escapeRoff(facts.seeAlso.join(", ")),
  ];
  return `${lines.join("\n")}\n`;
}

function formatCommand(command: CommandDescription): readonly string[] {
  return [
    `.SS ${quoteRoff(command.name)}`,
    escapeRoff(command.summary),
    ...command.flags.flatMap(formatFlag),
    ".PP",
    ".nf",
    escapeRoff(`  ${command.example}`),
    ".fi",
  ];
}

function formatFlag({ flag, value, summary }: FlagDescription): readonly string[] {
  return [".TP", `\\fB${escapeRoff(`${flag} ${value}`.trim())}\\fR`, escapeRoff(summary)];
}
