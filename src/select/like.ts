/** LIKE: `%` stands for any run of characters, `_` for one (contract §4.7). */
import { SelectRunError } from "./errors.ts";
import { anyOne, createWildcardSearch, LIKE_RUN_MAX_CHARACTERS } from "./wildcard-search.ts";

/** Whether the whole of a text has the form of one pattern. */
export type LikeMatcher = (text: string) => boolean;

const anyRun = -2;

/** What stands between two `%`, or between one and an end of the pattern: code points and `anyOne`. */
type Run = readonly number[];

/** Index after the earliest occurrence at or after `from`; -1 without one. */
type Search = (text: string, from: number) => number;

/**
 * The matcher of `pattern`. `escapeCharacter` makes the `%`, `_` or itself after it stand for itself.
 * Characters are Unicode code points. Runs are taken where they first occur, so nothing is tried twice:
 * the time is in proportion to the text's length, times one per 32 characters for runs with `_`. Throws
 * `EvaluatorLikePatternInvalidEscapeSequence`, and `LikeInvalidInputs` for a run with `_` that is too long.
 */
export function compileLike(pattern: string, escapeCharacter: string | undefined): LikeMatcher {
  const problem = findLikeProblem(pattern, escapeCharacter);
  if (problem !== undefined) {
    const isLong = problem === longRun;
    throw new SelectRunError(
      isLong ? "LikeInvalidInputs" : "EvaluatorLikePatternInvalidEscapeSequence",
      `LIKE needs ${problem}`,
    );
  }
  const [prefix = [], ...rest] = runsOf(tokensOf(pattern, escapeCharacter));
  const suffix = rest.pop();
  if (suffix === undefined) {
    return prefix.includes(anyOne)
      ? (text) => endOfPrefix(text, prefix) === text.length
      : equalityTo(textOf(prefix));
  }
  if (![...prefix, ...suffix].includes(anyOne)) {
    return betweenTexts(textOf(prefix), rest.map(searchOf), textOf(suffix));
  }
  const searches = rest.map(searchOf);
  return (text) => {
    const from = endOfPrefix(text, prefix);
    const end = from === -1 ? -1 : startOfSuffix(text, suffix);
    return end !== -1 && findAll(text, searches, from) <= end;
  };
}

const longRun = `at most ${LIKE_RUN_MAX_CHARACTERS} characters between two % where _ is among them`;

/** What `pattern` should be and is not, in words; `undefined` for a valid one. */
export function findLikeProblem(
  pattern: string,
  escapeCharacter: string | undefined,
): string | undefined {
  if (escapeCharacter !== undefined && !isEscapedWell(pattern, escapeCharacter)) {
    return `a pattern in which %, _ or ${escapeCharacter} follows each escape character ${escapeCharacter}`;
  }
  const searched = runsOf(tokensOf(pattern, escapeCharacter)).slice(1, -1);
  const isLong = searched.some(
    (run) => run.length > LIKE_RUN_MAX_CHARACTERS && run.includes(anyOne),
  );
  return isLong ? longRun : undefined;
}

/** Whether `text` is a single Unicode code point, as an escape character must be. */
export function isOneCharacter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}

function isEscapedWell(pattern: string, escapeCharacter: string): boolean {
  let escaped = false;
  for (const character of pattern) {
    const special = character === escapeCharacter || character === "%" || character === "_";
    if (escaped && !special) {
      return false;
    }
    escaped = !escaped && character === escapeCharacter;
  }
  return !escaped;
}

/** Code points, `anyOne` and `anyRun`; neighbouring runs are one. */
function tokensOf(pattern: string, escapeCharacter: string | undefined): readonly number[] {
  const tokens: number[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (!escaped && character === escapeCharacter) {
      escaped = true;
    } else if (!escaped && character === "%") {
      if (tokens.at(-1) !== anyRun) {
        tokens.push(anyRun);
      }
    } else {
      const isOne = !escaped && character === "_";
      tokens.push(isOne ? anyOne : (character.codePointAt(0) ?? 0));
      escaped = false;
    }
  }
  return tokens;
}

/** One run for a pattern without `%`, n + 1 for n of them. */
function runsOf(tokens: readonly number[]): readonly Run[] {
  let run: number[] = [];
  const runs = [run];
  for (const token of tokens) {
    if (token === anyRun) {
      run = [];
      runs.push(run);
    } else {
      run.push(token);
    }
  }
  return runs;
}

function textOf(run: Run): string {
  let text = "";
  for (const token of run) {
    text += String.fromCodePoint(token);
  }
  return text;
}

function searchOf(run: Run): Search {
  if (run.includes(anyOne)) {
    return createWildcardSearch(run);
  }
  const wanted = textOf(run);
  return (text, from) => {
    const at = text.indexOf(wanted, from);
    return at === -1 ? -1 : at + wanted.length;
  };
}

function equalityTo(wanted: string): LikeMatcher {
  return (text) => text === wanted;
}

function betweenTexts(prefix: string, searches: readonly Search[], suffix: string): LikeMatcher {
  const least = prefix.length + suffix.length;
  if (searches.length === 0) {
    return (text) => text.length >= least && text.startsWith(prefix) && text.endsWith(suffix);
  }
  return (text) =>
    text.length >= least &&
    text.startsWith(prefix) &&
    text.endsWith(suffix) &&
    findAll(text, searches, prefix.length) <= text.length - suffix.length;
}

/** Index after the last of `searches`, each made behind the one before; infinite when one finds nothing. */
function findAll(text: string, searches: readonly Search[], from: number): number {
  let at = from;
  for (const search of searches) {
    at = search(text, at);
    if (at === -1) {
      return Number.POSITIVE_INFINITY;
    }
  }
  return at;
}

/** Index after `run` at the start of `text`; -1 when it does not stand there. */
function endOfPrefix(text: string, run: Run): number {
  let at = 0;
  for (const token of run) {
    const character = text.codePointAt(at);
    if (character === undefined || (token !== anyOne && token !== character)) {
      return -1;
    }
    at += character > 0xffff ? 2 : 1;
  }
  return at;
}

/** Index of `run` at the end of `text`; -1 when it does not stand there. */
function startOfSuffix(text: string, run: Run): number {
  let at = text.length;
  for (let index = run.length - 1; index >= 0; index -= 1) {
    const token = run[index];
    const pair = at >= 2 ? (text.codePointAt(at - 2) ?? 0) : 0;
    const character = pair > 0xffff ? pair : text.codePointAt(at - 1);
    if (at === 0 || (token !== anyOne && token !== character)) {
      return -1;
    }
    at -= pair > 0xffff ? 2 : 1;
  }
  return at;
}
