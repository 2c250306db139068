/** `Action` and `NotAction` (contract §6.3, §6.5). */
import type { JsonValue } from "../../std/json.ts";
import type { PatternElement } from "./document.ts";
import { matchesWildcard } from "./match.ts";
import {
  type PlacedText,
  PolicyProblem,
  parseTexts,
  plainText,
  suggestName,
} from "./parse-element.ts";
import { type PolicyContext, policyRules, showValue } from "./policy-rules.ts";

/**
 * Identity policies may name actions of any service. Policies of a resource may name only what some action
 * on it matches, so that a misspelled Deny does not pass for protection.
 */
export function parseActions(
  element: { readonly path: string; readonly isNegated: boolean; readonly value: JsonValue },
  context: PolicyContext,
): PatternElement {
  const texts = parseTexts(element.path, element.value, plainText);
  for (const action of texts) {
    checkForm(action);
    if (policyRules[context.kind].isOfResource) {
      checkActionOfResource(action, context);
    }
  }
  return { isNegated: element.isNegated, patterns: texts.map(({ text }) => text) };
}

function checkForm({ path, text }: PlacedText): void {
  if (!/^(?:\*|(?:\*|[A-Za-z0-9-]+):[A-Za-z0-9*?]+)$/.test(text)) {
    const rule = 'must be "*" or <service>:<Action>';
    throw new PolicyProblem(`${path} ${rule}; got ${showValue(text)}.`);
  }
}

function checkActionOfResource({ path, text }: PlacedText, context: PolicyContext): void {
  const { knownActions = [], vaultActions = [] } = context;
  const folded = text.toLowerCase();
  const isNamed = (action: string) => matchesWildcard(folded, action.toLowerCase());
  if (!knownActions.some(isNamed)) {
    const meant = suggestName(text, knownActions);
    throw new PolicyProblem(`${path} names no known action: ${showValue(text)}${meant}.`);
  }
  if (!vaultActions.some(isNamed)) {
    const owner = context.kind === "topic" ? "topic" : "vault";
    const rule = `can stand in identity policies only, because it does not act on a ${owner}`;
    throw new PolicyProblem(`${path}: ${showValue(text)} ${rule}.`);
  }
}
