/** Names of condition keys, in `Condition` elements and in variables (contract §6.5). */
import { conditionKeyNames, isKnownConditionKey } from "./condition-keys.ts";
import { PolicyProblem, suggestName } from "./parse-element.ts";
import { type PolicyContext, policyRules, showValue } from "./policy-rules.ts";

/**
 * Refuses a key that can't exist. Vault policies may name only keys that this service sets, so that a Deny
 * with a misspelled key does not pass for protection; in identity policies other keys are legal and absent.
 */
export function checkConditionKey(path: string, key: string, context: PolicyContext): void {
  if (!/^[^\s:]+:./.test(key)) {
    const rule = "condition keys have the form <service>:<name>";
    throw new PolicyProblem(`${path}: ${rule}; got ${showValue(key)}.`);
  }
  if (policyRules[context.kind].refusesUnknownKeys && !isKnownConditionKey(key)) {
    const known = `; known are ${conditionKeyNames.join(", ")}`;
    const meant = suggestName(key, conditionKeyNames) || known;
    throw new PolicyProblem(`${path}: there is no condition key ${showValue(key)}${meant}.`);
  }
}
