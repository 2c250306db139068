/** How everyday verbs are made: the words by commander, the work with a session, the end by exit status. */
import { homedir } from "node:os";
import { Command, CommanderError } from "commander";
import { readPackageVersion } from "../../std/package-file-node.ts";
import { EXIT } from "../exit-codes.ts";
import { createReporter } from "../report/reporter.ts";
import type { Terminal } from "../terminal.ts";
import { addGlobalFlags, type GlobalFlags } from "./global-flags.ts";
import {
  processSurroundings,
  type Session,
  type SessionSurroundings,
  withSession,
} from "./session.ts";
import { describeVerbFailure } from "./verb-failure.ts";

/** A command of `moraine`: what runs it, and its words for help, manual pages and completion. */
export interface Verb {
  /** Runs it with the words after its name; resolves with the exit status. */
  readonly run: (
    words: readonly string[],
    terminal: Terminal,
    surroundings?: SessionSurroundings,
  ) => Promise<number>;
  /** The command with its flags, arguments, subcommands and examples; running it is not meant. */
  readonly describe: () => Command;
}

/** What the action of a verb gets: its options are those of the command and the global ones together. */
export type VerbAction<Arguments extends readonly unknown[], Options> = (
  session: Session,
  call: { readonly words: Arguments; readonly options: Options & GlobalFlags },
) => Promise<number>;

/** What a verb works with that asks no service. */
export type OfflineSession = Pick<Session, "flags" | "reporter" | "terminal" | "surroundings">;

export interface VerbContext {
  /**
   * Adds the global flags to `command` and makes `action` what it does; the action resolves with the exit
   * status. `Arguments` are those of the command in their order.
   */
  withSession<Arguments extends readonly unknown[], Options>(
    command: Command,
    action: VerbAction<Arguments, Options>,
  ): void;
  /** The same for a command that asks no service: missing settings do not stop it. */
  withoutService<Arguments extends readonly unknown[], Options>(
    command: Command,
    action: (
      session: OfflineSession,
      call: { readonly words: Arguments; readonly options: Options & GlobalFlags },
    ) => Promise<number>,
  ): void;
}

/**
 * The verb `moraine <name>`, whose words `build` describes. A mistake in the words is told with the nearest
 * right one and ends with `usage`; what the action throws is told as `moraine <name>: <message>` and ends
 * with the status that `describeVerbFailure` gives it.
 */
export function createVerb(
  name: string,
  build: (command: Command, context: VerbContext) => void,
): Verb {
  return {
    run: async (words, terminal, surroundings = defaultSurroundings()) =>
      await runVerb({ name, build }, words, { terminal, surroundings }),
    describe: () =>
      buildVerb(
        { name, build },
        {
          withSession: (command) => void addGlobalFlags(command),
          withoutService: (command) => void addGlobalFlags(command),
        },
      ),
  };
}

interface VerbParts {
  readonly name: string;
  readonly build: (command: Command, context: VerbContext) => void;
}

function buildVerb({ name, build }: VerbParts, context: VerbContext): Command {
  const command = new Command(`moraine ${name}`)
    .exitOverride()
    .helpOption("-h, --help", "Print this text.")
    .helpCommand(false);
  build(command, context);
  return command;
}

async function runVerb(
  parts: VerbParts,
  words: readonly string[],
  context: { readonly terminal: Terminal; readonly surroundings: SessionSurroundings },
): Promise<number> {
  const { terminal, surroundings } = context;
  let status: number = EXIT.ok;
  const command = buildVerb(parts, {
    withSession: (target, action) => {
      addGlobalFlags(target).action(async (...given: unknown[]) => {
        const call = readCall(target, given);
        status = await withSession(call.options, terminal, surroundings, (session) =>
          action(session, call as never),
        );
      });
    },
    withoutService: (target, action) => {
      addGlobalFlags(target).action(async (...given: unknown[]) => {
        const call = readCall(target, given);
        const flags = call.options;
        const { env, nowMs } = surroundings;
        const reporter = createReporter({ flags, terminal, env, nowMs });
        status = await action({ flags, reporter, terminal, surroundings }, call as never);
      });
    },
  });
  writeTo(command, terminal);
  try {
    await command.parseAsync([...words], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has written its message; asking for help is no mistake.
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    const failure = describeVerbFailure(error);
    terminal.stderr(`moraine ${parts.name}: ${failure.message}\n`);
    return failure.exitCode;
  }
}

/** Commander gives the arguments, then the options, then the command itself. */
function readCall(
  command: Command,
  given: readonly unknown[],
): { words: unknown[]; options: GlobalFlags } {
  const options = { ...(given.at(-2) as GlobalFlags), ...optionsBefore(command) };
  return { words: given.slice(0, -2), options };
}

/** Options given before the name of a subcommand, as `uploads --dry-run abort`, count for it too. */
function optionsBefore(command: Command): object {
  const { parent } = command;
  if (parent === null) {
    return {};
  }
  const given = Object.entries(parent.opts()).filter(
    ([name]) =>
      parent.getOptionValueSource(name) === "cli" && command.getOptionValueSource(name) !== "cli",
  );
  return { ...optionsBefore(parent), ...Object.fromEntries(given) };
}

/** Subcommands have an output of their own, which has to be told too. */
function writeTo(command: Command, terminal: Terminal): void {
  const columns = () => terminal.screen?.columns() ?? 80;
  command.configureOutput({
    writeOut: terminal.stdout,
    writeErr: terminal.stderr,
    getOutHelpWidth: columns,
    getErrHelpWidth: columns,
  });
  for (const subcommand of command.commands) {
    subcommand.exitOverride().helpCommand(false);
    writeTo(subcommand, terminal);
  }
}

function defaultSurroundings(): SessionSurroundings {
  return processSurroundings({ homeDir: homedir(), version: readPackageVersion() });
}
