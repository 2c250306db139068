/** The pieces that an expression is made of. */
import type { SourcePosition } from "./errors.ts";
import type { SqlValue } from "./value.ts";

/**
 * - `word`: an identifier or a keyword; `word` is its lower-case form.
 * - `quoted`: an identifier in double quotes; `word` is its content.
 * - `literal`: a constant.
 * - `minimum`: 9223372036854775808, an int only after a minus.
 * - `symbol`: an operator or punctuation.
 * - `unknown`: a character that belongs to no token.
 * - `end`: after the last token.
 */
export type Token = SourcePosition &
  (
    | { readonly kind: "word" | "quoted"; readonly text: string; readonly word: string }
    | { readonly kind: "literal"; readonly text: string; readonly value: SqlValue }
    | { readonly kind: "minimum" | "symbol" | "unknown" | "end"; readonly text: string }
  );
