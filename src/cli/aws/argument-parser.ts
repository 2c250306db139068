/**
 * Words to flags, by the rules of Python's argparse, which the AWS CLI is built on: unambiguous beginnings
 * of a flag's name are accepted, `--flag=value` and `--flag value` are the same, a word that begins with
 * `-` is a flag unless it is a lone `-`, a negative number or has a space in it.
 */

import { usageFailure } from "./errors-and-exit-codes.ts";
import { findNearestChoices } from "./nearest-choices.ts";

export interface ParserFlag {
  /** With the leading hyphens. */
  readonly flag: string;
  readonly takes: "nothing" | "one" | "maybeOne" | "any";
  readonly required?: boolean;
  readonly choices?: readonly string[];
  /** Its value may begin with `-` in the space form as well; ids do. */
  readonly takesHyphens?: boolean;
}

export interface Positional {
  readonly name: string;
  readonly optional: boolean;
  readonly choices?: readonly string[];
}

export interface Parsed {
  /** By flag or name of the positional; `true` for a flag without a value. */
  readonly values: ReadonlyMap<string, string | readonly string[] | true>;
  /** Words that nothing takes. */
  readonly rest: readonly string[];
}

type Token =
  | { readonly kind: "value" }
  | { readonly kind: "flag"; readonly flag: ParserFlag | undefined; readonly inline?: string };

/** An id in the base64 of URLs may begin with two hyphens; no flag has a name as long as that. */
const SHORTEST_DOUBLE_HYPHEN_VALUE = 64;

interface Parsing {
  readonly words: readonly string[];
  readonly tokens: readonly Token[];
  readonly values: Map<string, string | readonly string[] | true>;
  readonly rest: string[];
  waiting: readonly Positional[];
}

/** Takes the words that `flags` and `positionals` know. Throws a usage `CommandFailure`. */
export function parseWords(
  words: readonly string[],
  flags: readonly ParserFlag[],
  positionals: readonly Positional[],
): Parsed {
  const tokens = words.map((word) => classify(word, flags));
  const parsing: Parsing = { words, tokens, values: new Map(), rest: [], waiting: positionals };
  let index = 0;
  while (index < words.length) {
    const token = tokens[index];
    if (token?.kind === "flag") {
      index = takeFlag(parsing, index, token);
      continue;
    }
    const next = takePositionals(parsing, index);
    if (next === index) {
      parsing.rest.push(words[index] ?? "");
      index += 1;
    } else {
      index = next;
    }
  }
  requireAll(parsing, flags);
  return parsing;
}

function classify(word: string, flags: readonly ParserFlag[]): Token {
  if (!word.startsWith("-") || word === "-") {
    return { kind: "value" };
  }
  const found = findFlag(word, flags);
  if (found !== undefined) {
    return { kind: "flag", ...found };
  }
  if (/^-\d+$|^-\d*\.\d+$/.test(word) || word.includes(" ")) {
    return { kind: "value" };
  }
  return { kind: "flag", flag: undefined };
}

/**
 * The flag that `word` names, alone or by an unambiguous beginning, with the value after `=`. Throws a usage
 * `CommandFailure` for a beginning of several.
 */
export function findFlag(
  word: string,
  flags: readonly ParserFlag[],
): { readonly flag: ParserFlag; readonly inline?: string } | undefined {
  const exact = flags.find(({ flag }) => flag === word);
  if (exact !== undefined) {
    return { flag: exact };
  }
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const flag = flags.find((each) => each.flag === name) ?? findByBeginning(word, name, flags);
  if (flag === undefined) {
    return undefined;
  }
  return { flag, ...(equals < 0 ? {} : { inline: word.slice(equals + 1) }) };
}

function findByBeginning(
  word: string,
  name: string,
  flags: readonly ParserFlag[],
): ParserFlag | undefined {
  const matches = name.startsWith("--") ? flags.filter(({ flag }) => flag.startsWith(name)) : [];
  if (matches.length > 1) {
    const names = matches.map(({ flag }) => flag).join(", ");
    throw usageFailure(`ambiguous option: ${word} could match ${names}`);
  }
  return matches[0];
}

function takeFlag(parsing: Parsing, index: number, token: Token & { kind: "flag" }): number {
  const { flag, inline } = token;
  const { words, values, rest } = parsing;
  if (flag === undefined) {
    rest.push(words[index] ?? "");
    return index + 1;
  }
  if (inline !== undefined) {
    if (flag.takes === "nothing") {
      throw usageFailure(`argument ${flag.flag}: ignored explicit argument '${inline}'`);
    }
    checkChoice(flag.flag, flag.choices, inline);
    values.set(flag.flag, flag.takes === "any" ? [inline] : inline);
    return index + 1;
  }
  const taken = followingValues(parsing, index + 1, flag);
  for (const word of taken) {
    checkChoice(flag.flag, flag.choices, word);
  }
  if (flag.takes === "one" && taken.length === 0) {
    throw usageFailure(`argument ${flag.flag}: expected one argument`);
  }
  values.set(flag.flag, flag.takes === "any" ? taken : (taken[0] ?? true));
  return index + 1 + taken.length;
}

function followingValues(parsing: Parsing, start: number, flag: ParserFlag): readonly string[] {
  const most = { nothing: 0, one: 1, maybeOne: 1, any: Number.POSITIVE_INFINITY }[flag.takes];
  let end = start;
  while (end < parsing.words.length && end - start < most && isValue(parsing, end, flag)) {
    end += 1;
  }
  return parsing.words.slice(start, end);
}

function isValue(parsing: Parsing, index: number, flag: ParserFlag): boolean {
  const token = parsing.tokens[index];
  if (token?.kind !== "flag") {
    return token !== undefined;
  }
  const word = parsing.words[index] ?? "";
  const longEnough = !word.startsWith("--") || word.length >= SHORTEST_DOUBLE_HYPHEN_VALUE;
  return flag.takesHyphens === true && token.flag === undefined && longEnough;
}

/** Gives the values at `index` to the waiting positionals; an optional one counts as served even by none. */
function takePositionals(parsing: Parsing, index: number): number {
  let end = index;
  const waiting = [...parsing.waiting];
  for (const positional of parsing.waiting) {
    if (parsing.tokens[end]?.kind === "value") {
      const word = parsing.words[end] ?? "";
      checkChoice(positional.name, positional.choices, word);
      parsing.values.set(positional.name, word);
      end += 1;
    } else if (!positional.optional) {
      break;
    }
    waiting.shift();
  }
  parsing.waiting = waiting;
  return end;
}

function requireAll({ values, waiting }: Parsing, flags: readonly ParserFlag[]): void {
  const missing = [
    ...flags.filter(({ flag, required }) => required === true && !values.has(flag)),
  ].map(({ flag }) => flag);
  missing.push(...waiting.filter(({ optional }) => !optional).map(({ name }) => name));
  if (missing.length > 0) {
    throw usageFailure(`the following arguments are required: ${missing.join(", ")}`);
  }
}

function checkChoice(name: string, choices: readonly string[] | undefined, word: string): void {
  if (choices === undefined || choices.includes(word)) {
    return;
  }
  const lines = ["Invalid choice, valid choices are:\n"];
  for (let index = 0; index < choices.length; index += 2) {
    const pair = choices.slice(index, index + 2);
    lines.push(pair.map((choice) => choice.padEnd(40)).join(" | "));
  }
  const nearest = findNearestChoices(word, choices);
  if (nearest.length > 0) {
    lines.push(`\n\nInvalid choice: '${word}', maybe you meant:\n`);
    lines.push(...nearest.map((choice) => `  * ${choice}`));
  }
  throw usageFailure(`argument ${name}: ${lines.join("\n")}`);
}
