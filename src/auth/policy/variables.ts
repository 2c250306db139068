/**
 * Variables of the policy language 2012-10-17: `${aws:username}` stands for a value of the request,
 * `${aws:username, 'nobody'}` has a default, `${*}`, `${?}` and `${$}` are those characters themselves.
 * What a variable brings in is literal: a `*` in a value is no wildcard.
 */
import type { Effect } from "./document.ts";
import type { PatternPart, StepMeter } from "./match.ts";

/** What the text of a statement means in one request. */
export interface PatternScope {
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Only the language version 2012-10-17 has variables; in the older one they are plain text. */
  readonly hasVariables: boolean;
  readonly effect: Effect;
  readonly meter?: StepMeter;
}

/** The pattern that `text` is in this request; `undefined` when a variable has no value and no default. */
export function findPattern(text: string, scope: PatternScope): readonly PatternPart[] | undefined {
  if (!scope.hasVariables) {
    return [{ text, isLiteral: false }];
  }
  const pieces = findPieces(text);
  if (pieces === undefined) {
    return undefined;
  }
  const parts: PatternPart[] = [];
  for (const piece of pieces) {
    const value = piece.kind === "variable" ? findValue(piece, scope.context) : piece.text;
    if (value === undefined) {
      return undefined;
    }
    parts.push({ text: value, isLiteral: piece.kind !== "text" });
  }
  return parts;
}

/** The keys of the variables in `text`, as written; `undefined` when a `${` is malformed. */
export function findVariableKeys(text: string): readonly string[] | undefined {
  return findPieces(text)?.flatMap((piece) => (piece.kind === "variable" ? [piece.key] : []));
}

/** `text` with a `*` for each `${…}`: the widest pattern that it can become. */
export function widenVariables(text: string): string {
  return text.replaceAll(/\$\{[^{}]*\}/g, "*");
}

type Piece =
  | { readonly kind: "text" | "special"; readonly text: string }
  | { readonly kind: "variable"; readonly key: string; readonly fallback?: string };

const specialCharacters = ["*", "?", "$"];
const variablePattern = /^([^\s,':{}]+:[^,'{}]+)(?:,\s*'([^'{}]*)'\s*)?$/;

function findPieces(text: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  let position = 0;
  for (;;) {
    const opening = text.indexOf("${", position);
    pieces.push({ kind: "text", text: text.slice(position, opening < 0 ? undefined : opening) });
    if (opening < 0) {
      return pieces;
    }
    const closing = text.indexOf("}", opening);
    const piece = closing < 0 ? undefined : findVariable(text.slice(opening + 2, closing));
    if (piece === undefined) {
      return undefined;
    }
    pieces.push(piece);
    position = closing + 1;
  }
}

/** `inside` is what stands between the braces. */
function findVariable(inside: string): Piece | undefined {
  if (specialCharacters.includes(inside)) {
    return { kind: "special", text: inside };
  }
  const match = variablePattern.exec(inside.trim());
  if (match === null) {
    return undefined;
  }
  const [, key = "", fallback] = match;
  return { kind: "variable", key: key.trim(), ...(fallback === undefined ? {} : { fallback }) };
}

/** A key with several values can't be a variable, so its default counts. */
function findValue(
  variable: { readonly key: string; readonly fallback?: string },
  context: PatternScope["context"],
): string | undefined {
  const values = context.get(variable.key.toLowerCase()) ?? [];
  return values.length === 1 ? values[0] : variable.fallback;
}
