/** LIKE: `%` stands for any run of characters, `_` for one (contract §4.7). */
import { SelectRunError } from "./errors.ts";

/** Whether the whole of a text has the form of one pattern. */
export type LikeMatcher = (text: string) => boolean;

const anyOne = -1;
const anyRun = -2;

/**
 * The matcher of `pattern`. `escapeCharacter` makes the `%`, `_` or itself after it stand for
 * itself. Characters are Unicode code points. Takes time in proportion to the text's length for patterns
 * without `_`, and to text × pattern at most: there is no backtracking over more than the last `%`.
 * Throws `EvaluatorLikePatternInvalidEscapeSequence`.
 */
export function compileLike(pattern: string, escapeCharacter: string | undefined): LikeMatcher {
  const problem = findLikeProblem(pattern, escapeCharacter);
  if (problem !== undefined) {
    throw new SelectRunError(
      "EvaluatorLikePatternInvalidEscapeSequence",
      `the LIKE pattern must be ${problem}`,
    );
  }
  const tokens = tokensOf(pattern, escapeCharacter);
  return tokens.includes(anyOne) ? matcherOfTokens(tokens) : matcherOfRuns(runsOf(tokens));
}

/** Why `pattern` is none, as what it should be in words; `undefined` for a valid one. */
export function findLikeProblem(
  pattern: string,
  escapeCharacter: string | undefined,
): string | undefined {
  if (escapeCharacter === undefined) {
    return undefined;
  }
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index += 1) {
    if (characters[index] === escapeCharacter) {
      index += 1;
      const next = characters[index];
      if (next !== "%" && next !== "_" && next !== escapeCharacter) {
        return `a pattern in which %, _ or ${escapeCharacter} follows each escape character ${escapeCharacter}`;
      }
    }
  }
  return undefined;
}

/** Whether `text` is a single Unicode code point, as an escape character must be. */
export function isOneCharacter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
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

/** The texts between the runs: one text without a run, n + 1 for n runs. */
function runsOf(tokens: readonly number[]): readonly string[] {
  const runs = [""];
  for (const token of tokens) {
    if (token === anyRun) {
      runs.push("");
    } else {
      runs.push((runs.pop() ?? "") + String.fromCodePoint(token));
    }
  }
  return runs;
}

function matcherOfRuns(runs: readonly string[]): LikeMatcher {
  const [prefix = "", ...rest] = runs;
  const suffix = rest.pop();
  if (suffix === undefined) {
    return (text) => text === prefix;
  }
  const [only] = rest;
  if (only === undefined) {
    const least = prefix.length + suffix.length;
    return (text) => text.length >= least && text.startsWith(prefix) && text.endsWith(suffix);
  }
  if (rest.length === 1 && prefix === "" && suffix === "") {
    return (text) => text.includes(only);
  }
  return (text) => hasInOrder(text, { prefix, middles: rest, suffix });
}

/** Each middle is taken where it first occurs, which leaves most to those that follow. */
function hasInOrder(
  text: string,
  {
    prefix,
    middles,
    suffix,
  }: { readonly prefix: string; readonly middles: readonly string[]; readonly suffix: string },
): boolean {
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) {
    return false;
  }
  let from = prefix.length;
  for (const middle of middles) {
    const at = text.indexOf(middle, from);
    if (at === -1) {
      return false;
    }
    from = at + middle.length;
  }
  return from + suffix.length <= text.length;
}

/** On a mismatch, the last run takes one character more; earlier runs never need to. */
function matcherOfTokens(tokens: readonly number[]): LikeMatcher {
  return (text) => {
    let at = 0;
    let next = 0;
    let afterRun = -1;
    let runEnd = 0;
    while (at < text.length) {
      const token = tokens[next];
      const character = text.codePointAt(at) ?? 0;
      if (token === anyRun) {
        next += 1;
        afterRun = next;
        runEnd = at;
      } else if (token === character || token === anyOne) {
        next += 1;
        at += character > 0xffff ? 2 : 1;
      } else if (afterRun === -1) {
        return false;
      } else {
        runEnd += (text.codePointAt(runEnd) ?? 0) > 0xffff ? 2 : 1;
        at = runEnd;
        next = afterRun;
      }
    }
    return next === tokens.length || (next === tokens.length - 1 && tokens[next] === anyRun);
  };
}
