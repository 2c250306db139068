/** LIKE as a closure; a constant pattern is compiled once. */
import { SelectRunError } from "./errors.ts";
import { type Compiled, constantOf, type Evaluate } from "./evaluate.ts";
import { compileLike, isOneCharacter, type LikeMatcher } from "./like.ts";
import { describeValue, type SqlValue } from "./value.ts";

/**
 * `operand [NOT] LIKE pattern [ESCAPE escape]`: MISSING with a MISSING part, else NULL with a NULL one.
 * Throws `LikeInvalidInputs` for anything but strings and an escape of one character.
 */
export function compileLikeExpression(
  negated: boolean,
  operand: Compiled,
  { pattern, escaping }: { readonly pattern: Compiled; readonly escaping: Compiled | undefined },
): Evaluate {
  const matcherOf = cachingMatcher();
  const textOf = operand.evaluate;
  const constant = constantOf(pattern);
  if (typeof constant === "string" && escaping === undefined) {
    return (row) => {
      const text = textOf(row);
      return text === null || text === undefined
        ? text
        : matcherOf(constant, undefined)(stringOf(text)) !== negated;
    };
  }
  const patternOf = pattern.evaluate;
  const escapeOf = escaping?.evaluate;
  return (row) => {
    const text = textOf(row);
    const form = patternOf(row);
    const character = escapeOf === undefined ? "" : escapeOf(row);
    if (text === undefined || form === undefined || character === undefined) {
      return undefined;
    }
    if (text === null || form === null || character === null) {
      return null;
    }
    const escapeText = escapeOf === undefined ? undefined : stringOf(character);
    return matcherOf(stringOf(form), escapeText)(stringOf(text)) !== negated;
  };
}

/** Keeps the matcher of the last pattern, as neighbouring rows often share it. */
function cachingMatcher(): (pattern: string, character: string | undefined) => LikeMatcher {
  let last: { pattern: string; character: string | undefined; matches: LikeMatcher } | undefined;
  return (pattern, character) => {
    if (last === undefined || last.pattern !== pattern || last.character !== character) {
      if (character !== undefined && !isOneCharacter(character)) {
        throw new SelectRunError(
          "LikeInvalidInputs",
          `ESCAPE needs exactly one character; got ${describeValue(character)}`,
        );
      }
      last = { pattern, character, matches: compileLike(pattern, character) };
    }
    return last.matches;
  };
}

function stringOf(value: SqlValue): string {
  if (typeof value !== "string") {
    throw new SelectRunError(
      "LikeInvalidInputs",
      `LIKE needs strings; got ${describeValue(value)}`,
    );
  }
  return value;
}
