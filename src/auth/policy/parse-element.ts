/** Pieces that the parsers of all elements share. */
import type { JsonValue } from "../../std/json.ts";
import { findNearest } from "../../std/nearest.ts";
import { showValue } from "./policy-rules.ts";

export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** One mistake in a document, as a sentence that names element, value and rule. */
export class PolicyProblem extends Error {
  override readonly name = "PolicyProblem";
}

/** Values of one element. */
export const POLICY_VALUES_MAX = 1024;

/** Refuses members that the language does not have; a misspelled element would silently count for nothing. */
export function checkMembers(path: string, value: JsonObject, legalNames: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !legalNames.includes(name));
  if (unknown !== undefined) {
    const known = `; known are ${legalNames.join(", ")}`;
    const meant = suggestName(unknown, legalNames);
    throw new PolicyProblem(`${path} has no element ${showValue(unknown)}${meant || known}.`);
  }
}

/** ` (did you mean X?)`, or nothing when no candidate is close. */
export function suggestName(word: string, candidates: readonly string[]): string {
  const nearest = word.length > 80 ? undefined : findNearest(word, candidates);
  return nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
}

/** Which of an element and its `Not…` form the statement has; exactly one is legal. */
export function pickElement(
  path: string,
  statement: JsonObject,
  name: "Action" | "Resource" | "Principal",
): { readonly path: string; readonly isNegated: boolean; readonly value: JsonValue } {
  const plain = statement[name];
  const negated = statement[`Not${name}`];
  if (plain !== undefined && negated !== undefined) {
    throw new PolicyProblem(`${path} must have ${name} or Not${name}, not both.`);
  }
  const value = plain === undefined ? negated : plain;
  if (value === undefined) {
    throw new PolicyProblem(`${path} must have ${name} or Not${name}.`);
  }
  const isNegated = plain === undefined;
  return { path: `${path}.${isNegated ? "Not" : ""}${name}`, isNegated, value };
}

/** A value of an element with the path that messages give it. */
export interface PlacedText {
  readonly path: string;
  readonly text: string;
}

/** One text or a list of them; `convert` says which JSON values count as text. */
export function parseTexts(
  path: string,
  value: JsonValue,
  convert: { readonly find: (item: JsonValue) => string | undefined; readonly rule: string },
): readonly PlacedText[] {
  const isList = Array.isArray(value);
  const items: readonly JsonValue[] = isList ? value : [value];
  if (items.length === 0) {
    throw new PolicyProblem(`${path} must hold at least one value.`);
  }
  if (items.length > POLICY_VALUES_MAX) {
    const rule = `must hold at most ${POLICY_VALUES_MAX} values`;
    throw new PolicyProblem(`${path} ${rule}; got ${items.length}.`);
  }
  return items.map((item, index) => {
    const itemPath = isList ? `${path}[${index}]` : path;
    const text = convert.find(item);
    if (text === undefined) {
      throw new PolicyProblem(`${itemPath} must be ${convert.rule}; got ${showValue(item)}.`);
    }
    return { path: itemPath, text };
  });
}

/** For elements that hold text only. */
export const plainText = {
  find: (item: JsonValue) => (typeof item === "string" ? item : undefined),
  rule: "text",
};
