/** Checks of LIKE that need no record: its pattern and escape character are mostly literals. */
import type { LikeExpression } from "./ast.ts";
import { SelectSyntaxError } from "./errors.ts";
import { shorten } from "./lexer.ts";
import { findLikeProblem, isOneCharacter } from "./like.ts";
import type { Token } from "./token.ts";

/**
 * Throws `SelectSyntaxError` at the token of a literal that can be no escape character, or no pattern
 * with the escape character given. What is computed from columns fails when the query runs.
 */
export function checkLikeLiterals(
  { pattern, escape: escaping }: LikeExpression,
  { patternToken, escapeToken }: { readonly patternToken: Token; readonly escapeToken: Token },
): void {
  const character = escaping?.kind === "literal" ? escaping.value : undefined;
  if (typeof character === "string" && !isOneCharacter(character)) {
    throw problemAt(escapeToken, "an escape string of exactly one character");
  }
  if (pattern.kind === "literal" && typeof pattern.value === "string") {
    const known = escaping === undefined || typeof character === "string";
    const problem = known
      ? findLikeProblem(pattern.value, typeof character === "string" ? character : undefined)
      : undefined;
    if (problem !== undefined) {
      throw problemAt(patternToken, problem);
    }
  }
}

function problemAt({ line, column, text }: Token, expected: string): SelectSyntaxError {
  return new SelectSyntaxError({ line, column, found: shorten(text), expected });
}
