/** What may stand at the end of a command line, from the same table that runs it. */
import type { Argument, Command, Option } from "commander";
import type { CommandRow } from "../command-row.ts";
import { HELP_TOPICS } from "../help/topics.ts";

/** A word that fits, and what it is for. */
export interface Completion {
  readonly value: string;
  readonly description: string;
}

/**
 * The words that fit in place of `current`, after `before` (without the program's name), by the table of
 * commands. None means that file names may fit: shells then offer these.
 */
export async function completeWords(
  table: readonly CommandRow[],
  before: readonly string[],
  current: string,
): Promise<readonly Completion[]> {
  const fitting = await listCandidates(table, before, current);
  return fitting.filter(({ value }) => value.startsWith(current));
}

async function listCandidates(
  table: readonly CommandRow[],
  before: readonly string[],
  current: string,
): Promise<readonly Completion[]> {
  const [name, ...words] = before;
  const commands = table.map(({ name: value, summary }) => ({ value, description: summary }));
  if (name === undefined) {
    return [...commands, { value: "help", description: "Explain a command or a topic." }];
  }
  if (name === "help") {
    const topics = HELP_TOPICS.map(({ name: value, summary }) => ({ value, description: summary }));
    return words.length === 0 ? [...commands, ...topics] : [];
  }
  if (name === "glacier") {
    const { completeGlacier } = await import("../aws/complete-glacier.ts");
    return completeGlacier(words, current).map(({ value, description = "" }) => ({
      value,
      description,
    }));
  }
  const row = table.find((command) => command.name === name);
  const described = await row?.describe?.();
  return described === undefined ? [] : completeCommand(described, words, current);
}

/** Pure: by the flags, choices and subcommands of `command`. */
export function completeCommand(
  command: Command,
  words: readonly string[],
  current: string,
): readonly Completion[] {
  const { target, values, used, pending } = walk(command, words);
  if (pending !== undefined) {
    return (pending.argChoices ?? []).map((value) => ({ value, description: "" }));
  }
  const flags = target
    .createHelp()
    .visibleOptions(target)
    .filter((option) => !used.has(option) || option.variadic)
    .map((option) => ({ value: option.long ?? option.flags, description: option.description }));
  if (current.startsWith("-")) {
    return flags;
  }
  const subcommands = target.commands.map((sub) => ({
    value: sub.name(),
    description: sub.description(),
  }));
  return subcommands.length > 0 && values === 0
    ? subcommands
    : choicesOf(target.registeredArguments, values);
}

function choicesOf(positionals: readonly Argument[], at: number): readonly Completion[] {
  const last = positionals.at(-1);
  const positional = positionals[at] ?? (last?.variadic ? last : undefined);
  return (positional?.argChoices ?? []).map((value) => ({ value, description: "" }));
}

interface Place {
  readonly target: Command;
  /** How many positional words were given to it. */
  readonly values: number;
  readonly used: ReadonlySet<Option>;
  /** The flag whose value comes next. */
  readonly pending: Option | undefined;
}

/** Follows subcommands and skips the values of flags. */
function walk(command: Command, words: readonly string[]): Place {
  let target = command;
  let values = 0;
  let pending: Option | undefined;
  const used = new Set<Option>();
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    if (word.startsWith("-")) {
      const [flag] = word.split("=", 1);
      const option = target.options.find(({ long, short }) => long === flag || short === flag);
      if (option !== undefined) {
        used.add(option);
        pending = takesValue(option) && !word.includes("=") ? option : undefined;
      }
      continue;
    }
    const sub = values === 0 ? target.commands.find((each) => each.name() === word) : undefined;
    if (sub === undefined) {
      values += 1;
    } else {
      target = sub;
    }
  }
  return { target, values, used, pending };
}

function takesValue(option: Option): boolean {
  return option.required;
}
