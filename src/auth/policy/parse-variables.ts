/** Variables in resources and in the values of conditions. */
import { checkConditionKey } from "./parse-condition-key.ts";
import { type PlacedText, PolicyProblem } from "./parse-element.ts";
import { type PolicyContext, showValue } from "./policy-rules.ts";
import { findVariableKeys } from "./variables.ts";

/** Refuses a `${` that begins no variable, or one of an impossible key: it would match nothing in silence. */
export function checkVariables({ path, text }: PlacedText, context: PolicyContext): void {
  const keys = findVariableKeys(text);
  if (keys === undefined) {
    const forms = ["key", "key, 'default'", "*", "?", "$"].map((inside) => `\${${inside}}`);
    const rule = `has a malformed variable; legal are ${forms.join(" ")}`;
    throw new PolicyProblem(`${path} ${rule}; got ${showValue(text)}.`);
  }
  for (const key of keys) {
    checkConditionKey(path, key, context);
  }
}
