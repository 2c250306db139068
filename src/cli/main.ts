/**
 * The entry of the command line. Nothing heavy is imported here: `moraine --version` takes about as long
 * as the runtime itself.
 */
import { readPackageVersion } from "../std/package-file-node.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** Runs the command that `words` name; resolves with the exit status. */
export async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = words;
  switch (name) {
    case "--version":
    case "-V":
    case "version":
      terminal.stdout(`moraine ${readPackageVersion()}\n`);
      return EXIT.ok;
    case "--help":
    case "-h":
      terminal.stdout(await formatHelp(terminal));
      return EXIT.ok;
    case "help":
      return await runHelp(rest, terminal);
    case undefined:
      terminal.stderr(await formatHelp(terminal));
      return EXIT.usage;
    default: {
      const glacierWords = await findGlacierWords(words);
      return glacierWords === undefined
        ? await runCommand(name, rest, terminal)
        : await runCommand("glacier", glacierWords, terminal);
    }
  }
}

/** The words of `glacier` when options of the AWS CLI stand before its name. */
async function findGlacierWords(words: readonly string[]): Promise<readonly string[] | undefined> {
  return words[0]?.startsWith("-") === true
    ? (await import("./aws/split-leading-globals.ts")).splitLeadingGlobals(words)
    : undefined;
}

async function runHelp(words: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...subcommands] = words;
  if (name === undefined) {
    terminal.stdout(await formatHelp(terminal));
    return EXIT.ok;
  }
  const { HELP_TOPICS } = await import("./help/topics.ts");
  const topic = HELP_TOPICS.find((row) => row.name === name);
  if (topic !== undefined) {
    terminal.stdout(topic.text);
    return EXIT.ok;
  }
  return await runCommand(name, [...subcommands, "--help"], terminal);
}

async function runCommand(
  name: string,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { COMMANDS } = await import("./command-table.ts");
  const row = COMMANDS.find((command) => command.name === name);
  if (row !== undefined) {
    const command = await row.load();
    return await command(words, terminal);
  }
  const { findNearest } = await import("../std/nearest.ts");
  const isFlag = name.startsWith("-");
  const known = isFlag ? ["--help", "--version"] : COMMANDS.map((command) => command.name);
  const nearest = findNearest(name, known);
  const what = `unknown ${isFlag ? "flag" : "command"} ${JSON.stringify(name)}`;
  const hint = nearest === undefined ? "" : `; the nearest is "${nearest}"`;
  terminal.stderr(`moraine: ${what}${hint}. "moraine --help" lists the commands.\n`);
  return EXIT.usage;
}

async function formatHelp({ screen }: Terminal): Promise<string> {
  const { formatOverview } = await import("./help/overview.ts");
  return formatOverview(screen?.columns() ?? 80);
}
