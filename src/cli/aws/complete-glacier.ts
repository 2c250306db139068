/** What may come next on a command line of `moraine glacier`, for the completion of shells. */
import { operationSummaries } from "../../protocol/operation-summaries.ts";
import type { OperationName } from "../../protocol/operations.ts";
import { findFlag, type ParserFlag } from "./argument-parser.ts";
import { commandNames, findOperation, WAITED_OPERATION, WAITERS } from "./command-names.ts";
import { CommandFailure } from "./errors-and-exit-codes.ts";
import { memberSummary, otherSummary } from "./flag-summaries.ts";
import { type MemberFlag, memberFlags, steeringFlags } from "./flags-from-shape.ts";
import { GLOBAL_FLAGS } from "./global-options.ts";
import { parameterChoices } from "./parameter-choices.ts";

export interface Completion {
  readonly value: string;
  readonly description?: string;
}

interface DescribedFlag extends ParserFlag {
  readonly summary: string;
}

/**
 * Words that may stand in place of `current` after `words`, those after `moraine glacier`. All begin with
 * `current`. None where a value is wanted that isn't among fixed choices: a shell offers files there. Reads
 * and asks nothing.
 */
export function completeGlacier(words: readonly string[], current: string): readonly Completion[] {
  const { command, waiter, used, open } = readWords(words);
  const flags = flagsOf(command);
  if (open !== undefined) {
    return matching((open.choices ?? []).map(toCompletion), current);
  }
  if (current.startsWith("-") && current.includes("=")) {
    return completeInline(flags, current);
  }
  if (current.startsWith("-")) {
    return matching(unusedFlags(flags, used), current);
  }
  if (command === undefined) {
    return matching(commandNames.map(describeCommand), current);
  }
  if (command === "wait" && waiter === undefined) {
    return matching([...WAITERS, "help"].map(toCompletion), current);
  }
  return current === "" && command !== "help" ? unusedFlags(flags, used) : [];
}

interface ReadWords {
  readonly command: string | undefined;
  readonly waiter: string | undefined;
  /** Flags that stand there already. */
  readonly used: ReadonlySet<string>;
  /** The flag whose value comes next. */
  readonly open: ParserFlag | undefined;
}

function readWords(words: readonly string[]): ReadWords {
  const used = new Set<string>();
  let command: string | undefined;
  let waiter: string | undefined;
  let open: ParserFlag | undefined;
  for (const word of words) {
    const found = word.startsWith("-") && word !== "-" ? find(word, flagsOf(command)) : undefined;
    if (open !== undefined && found === undefined) {
      open = open.takes === "any" ? open : undefined;
    } else if (found !== undefined) {
      used.add(found.flag.flag);
      open = found.flag.takes === "nothing" || found.inline !== undefined ? undefined : found.flag;
    } else if (command === undefined) {
      command = commandNames.find((name) => name === word);
    } else if (command === "wait") {
      waiter ??= WAITERS.find((name) => name === word);
    }
  }
  // A list of values may end here, and other flags may follow.
  return { command, waiter, used, open: open?.takes === "any" ? undefined : open };
}

function flagsOf(command: string | undefined): readonly DescribedFlag[] {
  const operation = command === "wait" ? WAITED_OPERATION : findOperation(command ?? "");
  const globals = GLOBAL_FLAGS.map(describeOther);
  if (operation === undefined) {
    return globals;
  }
  const members = memberFlags(operation).map((flag) => describeMember(operation, flag));
  const steering = command === "wait" ? [] : steeringFlags(operation).map(describeOther);
  return [...members, ...steering, ...globals];
}

function describeMember(operation: OperationName, flag: MemberFlag): DescribedFlag {
  const choices = parameterChoices(flag.member);
  const summary = memberSummary(operation, flag.member);
  return { ...flag, ...(choices.length === 0 ? {} : { choices }), summary };
}

function describeOther(flag: ParserFlag): DescribedFlag {
  return { ...flag, summary: otherSummary(flag.flag) };
}

function find(word: string, flags: readonly ParserFlag[]) {
  try {
    return findFlag(word, flags);
  } catch (error) {
    if (error instanceof CommandFailure) {
      return undefined;
    }
    throw error;
  }
}

function completeInline(flags: readonly DescribedFlag[], current: string): readonly Completion[] {
  const found = find(current, flags);
  const name = current.slice(0, current.indexOf("="));
  return matching(
    (found?.flag.choices ?? []).map((choice) => ({ value: `${name}=${choice}` })),
    current,
  );
}

function unusedFlags(
  flags: readonly DescribedFlag[],
  used: ReadonlySet<string>,
): readonly Completion[] {
  return flags
    .filter(({ flag }) => !used.has(flag))
    .map(({ flag, summary }) => ({ value: flag, description: summary }));
}

function describeCommand(name: string): Completion {
  const operation = findOperation(name);
  const description =
    operation !== undefined
      ? operationSummaries[operation]
      : name === "wait"
        ? "Waits until a vault exists or does not exist."
        : "Explains the commands.";
  return { value: name, description };
}

function toCompletion(value: string): Completion {
  return { value };
}

function matching(completions: readonly Completion[], current: string): readonly Completion[] {
  return completions.filter(({ value }) => value.startsWith(current));
}
