/** A command line that is being made: what of it is there, what must still come, and how it is written. */
import { findFlag, type ParserFlag } from "./argument-parser.ts";
import {
  commandNames,
  findOperation,
  WAITED_OPERATION,
  WAITERS,
  type Waiter,
} from "./command-names.ts";
import { CommandFailure } from "./errors-and-exit-codes.ts";
import { hasOutfile, type MemberFlag, memberFlags, steeringFlags } from "./flags-from-shape.ts";
import { GLOBAL_FLAGS } from "./global-options.ts";

/** A flag with its values; also a word that nothing takes, as it was written. */
export interface DraftPart {
  readonly flag: string;
  readonly values: readonly string[];
}

export interface Draft {
  /** One of `commandNames`. */
  readonly command: string | undefined;
  /** What stands where the command belongs, and is none. */
  readonly wrongCommand: string | undefined;
  readonly waiter: Waiter | undefined;
  readonly outfile: string | undefined;
  readonly parts: readonly DraftPart[];
}

/** What asks for prompts is no part of the command that is made. */
const ASKING = "--cli-auto-prompt";

/** Reads words after `moraine glacier` that need not make a whole command. */
export function parseDraft(words: readonly string[]): Draft {
  const draft = { positionals: [] as string[], parts: [] as DraftPart[] };
  const command = commandNames.find((name) => words.includes(name));
  const flags = flagsOf({ command });
  for (let index = 0; index < words.length; ) {
    const word = words[index] ?? "";
    const found = isValue(word) ? undefined : find(word, flags);
    if (isValue(word)) {
      draft.positionals.push(word);
      index += 1;
    } else if (found === undefined) {
      draft.parts.push({ flag: word, values: [] });
      index += 1;
    } else {
      const { flag, inline } = found;
      const values = inline === undefined ? valuesAfter(words, index + 1, flag) : [inline];
      draft.parts.push({ flag: flag.flag, values });
      index += 1 + (inline === undefined ? values.length : 0);
    }
  }
  const parts = draft.parts.filter(({ flag }) => flag !== ASKING);
  return { ...readPositionals(draft.positionals), parts };
}

/** The words after `moraine glacier` that the draft stands for. */
export function draftWords({ command, waiter, parts, outfile }: Draft): readonly string[] {
  return [
    ...(command === undefined ? [] : [command]),
    ...(waiter === undefined ? [] : [waiter]),
    ...parts.flatMap(({ flag, values: [first, ...others] }) => {
      const needsEquals = first !== undefined && !isValue(first);
      return first === undefined
        ? [flag]
        : needsEquals
          ? [`${flag}=${first}`, ...others]
          : [flag, first, ...others];
    }),
    ...(outfile === undefined ? [] : [outfile]),
  ];
}

/** All flags that the draft's command takes, the global options last. */
export function flagsOf({ command }: Pick<Draft, "command">): readonly ParserFlag[] {
  const globals = GLOBAL_FLAGS.filter(({ flag }) => flag !== ASKING);
  const operation = operationOf({ command });
  const steering = operation === undefined || command === "wait" ? [] : steeringFlags(operation);
  return [...membersOf({ command }), ...steering, ...globals];
}

/** The flags of the draft's command that fill members. */
export function membersOf({ command }: Pick<Draft, "command">): readonly MemberFlag[] {
  const operation = operationOf({ command });
  return operation === undefined ? [] : memberFlags(operation);
}

/** The operation that the draft's command calls. */
export function operationOf({ command }: Pick<Draft, "command">) {
  return command === "wait" ? WAITED_OPERATION : findOperation(command ?? "");
}

/** Whether the draft's command has yet to name a file for its output. */
export function lacksOutfile(draft: Draft): boolean {
  const operation = operationOf(draft);
  return operation !== undefined && hasOutfile(operation) && draft.outfile === undefined;
}

/** The flags that must still come. None when `--cli-input-…` may hold them. */
export function missingFlags(draft: Draft): readonly MemberFlag[] {
  const has = (name: string) => draft.parts.some(({ flag }) => flag === name);
  return has("--cli-input-json") || has("--cli-input-yaml")
    ? []
    : membersOf(draft).filter(({ flag, required }) => required === true && !has(flag));
}

/** The draft with `values` for `flag`, in the place where it had others. */
export function withPart(draft: Draft, part: DraftPart): Draft {
  const at = draft.parts.findIndex(({ flag }) => flag === part.flag);
  const parts = at < 0 ? [...draft.parts, part] : draft.parts.with(at, part);
  return { ...draft, parts };
}

/** The draft without `flag`. */
export function withoutPart(draft: Draft, flag: string): Draft {
  return { ...draft, parts: draft.parts.filter((part) => part.flag !== flag) };
}

/** The first value of `flag`. */
export function firstValueOf(draft: Draft, name: string): string | undefined {
  return draft.parts.find(({ flag }) => flag === name)?.values[0];
}

function readPositionals(positionals: readonly string[]): Omit<Draft, "parts"> {
  const [first, second] = positionals;
  const command = commandNames.find((name) => name === first);
  const operation = operationOf({ command });
  const waiter = command === "wait" ? WAITERS.find((name) => name === second) : undefined;
  const named = operation !== undefined && hasOutfile(operation) ? second : undefined;
  return {
    command,
    wrongCommand: command === undefined ? first : undefined,
    waiter,
    outfile: command === undefined || waiter !== undefined ? undefined : named,
  };
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

function isValue(word: string): boolean {
  return !word.startsWith("-") || word === "-";
}

function valuesAfter(
  words: readonly string[],
  start: number,
  { takes }: ParserFlag,
): readonly string[] {
  const most = { nothing: 0, one: 1, maybeOne: 1, any: Number.POSITIVE_INFINITY }[takes];
  const values: string[] = [];
  for (const word of words.slice(start)) {
    if (values.length >= most || !isValue(word)) {
      break;
    }
    values.push(word);
  }
  return values;
}
