/** `moraine serve`: reads the settings and starts the service. The one command that loads the server. */
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";

/** The parts of the surroundings that a test stands in for. */
export interface ServeSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Loads what runs the service. */
  loadServer(): Promise<{ runServer(settings: ServerSettings): Promise<number> }>;
}

/** Loading the server dynamically keeps the command line free of it (layers.config.cjs). */
type Config = Awaited<ReturnType<typeof loadConfig>>;
type ServerSettings = ReturnType<Config["parseSettings"]>;

/**
 * Runs the service until it is stopped; resolves with its exit status. With mistakes among the settings it
 * names them all on standard error, starts nothing and resolves with `EXIT.usage`.
 */
export async function serve(
  words: readonly string[],
  terminal: Terminal,
  surroundings: ServeSurroundings = {
    env: process.env,
    loadServer: () => import("../../server/main.ts"),
  },
): Promise<number> {
  const config = await loadConfig();
  const command = buildCommand(config);
  const { operands, unknown } = command.parseOptions([...words]);
  if (unknown.includes("--help") || unknown.includes("-h")) {
    terminal.stdout(`${command.helpInformation()}${OPERATOR_EXAMPLES.serve}`);
    return EXIT.ok;
  }
  let settings: ServerSettings;
  try {
    settings = config.parseSettings({
      flags: collectFlags(command, Object.keys(config.SETTINGS)),
      unknownFlags: unknown.filter((word) => word.startsWith("-")).map(withoutValue),
      strayWords: operands,
      env: surroundings.env,
      readFile: (path) => readFileSync(path, "utf8"),
    });
  } catch (error) {
    if (!(error instanceof config.SettingsError)) {
      throw error;
    }
    terminal.stderr(formatMistakes(error.mistakes));
    return EXIT.usage;
  }
  const { runServer } = await surroundings.loadServer();
  return await runServer(settings);
}

/** Its words, for manual pages and completion. */
export async function describeServe(): Promise<Command> {
  return buildCommand(await loadConfig());
}

function loadConfig() {
  return import("../../server/config.ts");
}

/**
 * Values are optional and unknown flags allowed as far as the parser is concerned: a missing value and an
 * unknown flag are reported together with all other mistakes.
 */
function buildCommand({ SETTINGS }: Config): Command {
  const rows = Object.entries(SETTINGS);
  const forms = new Map(rows.map(([name, row]) => [name, row.kind.form]));
  const command = new Command("moraine serve")
    .description("Start the archive service. Flags win over MORAINE_… variables and the file.")
    .usage("[--setting value]…")
    .addHelpText("after", OPERATOR_EXAMPLES.serve)
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption("-h, --help", "Print this text.")
    .configureHelp({
      optionTerm: (option) => {
        const form = forms.get(option.name());
        return form === undefined ? option.flags : `--${option.name()} <${form}>`;
      },
    });
  for (const [name, row] of rows) {
    const text = `${row.summary.replaceAll("`", "")} Default: ${row.default ?? row.otherwise}.`;
    command.addOption(new Option(`--${name} [value]`, text));
  }
  return command;
}

/** The flags given, by name; commander puts `true` for one without a value. */
function collectFlags(
  command: Command,
  names: readonly string[],
): ReadonlyMap<string, string | undefined> {
  const flags = new Map<string, string | undefined>();
  for (const option of command.options.filter(({ long }) => names.includes(long?.slice(2) ?? ""))) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (value !== undefined) {
      flags.set(option.name(), typeof value === "string" ? value : undefined);
    }
  }
  return flags;
}

/** An unknown flag may carry a secret: `--secret=…`, or a secret that begins with a hyphen. */
function withoutValue(word: string): string {
  return /^--[A-Za-z][A-Za-z-]*/.exec(word)?.[0] ?? word.slice(0, 2);
}

function formatMistakes(mistakes: readonly string[]): string {
  const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
  return [
    `moraine serve: ${count} in the settings; nothing was started.`,
    ...mistakes.map((mistake) => `  ${mistake}`),
    `"moraine serve --help" explains the settings.`,
    "",
  ].join("\n");
}
