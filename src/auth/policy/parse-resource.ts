/** `Resource` and `NotResource` (contract §6.3). */
import type { JsonValue } from "../../std/json.ts";
import type { PatternElement } from "./document.ts";
import { matchesWildcard } from "./match.ts";
import { type PlacedText, PolicyProblem, parseTexts, plainText } from "./parse-element.ts";
import { checkVariables } from "./parse-variables.ts";
import {
  type PolicyContext,
  policyRules,
  type StatementContext,
  showValue,
} from "./policy-rules.ts";
import { widenVariables } from "./variables.ts";

/** Patterns of whole ARNs: here a wildcard may reach over colons, as in IAM. */
export function parseResources(
  element: { readonly path: string; readonly isNegated: boolean; readonly value: JsonValue },
  context: StatementContext,
): PatternElement {
  const texts = parseTexts(element.path, element.value, plainText);
  const hasVariables = context.version === "2012-10-17";
  for (const resource of texts) {
    if (hasVariables) {
      checkVariables(resource, context);
    }
    const widest = hasVariables ? widenVariables(resource.text) : resource.text;
    checkForm(resource, widest);
    if (policyRules[context.kind].isOfResource && !element.isNegated) {
      checkOwn(resource, widest, context);
    }
  }
  return { isNegated: element.isNegated, patterns: texts.map(({ text }) => text) };
}

function checkForm({ path, text }: PlacedText, widest: string): void {
  const isArn =
    widest.startsWith("arn:") && (widest.split(":").length >= 6 || widest.endsWith("*"));
  if (!isArn && widest !== "*") {
    throw new PolicyProblem(`${path} must be an ARN or "*"; got ${showValue(text)}.`);
  }
}

function checkOwn({ path, text }: PlacedText, widest: string, context: PolicyContext): void {
  const { ownArn = "" } = context;
  if (!matchesWildcard(widest, ownArn)) {
    const rule = `must be ${ownArn} or a pattern that matches it`;
    const difference = findDifference(widest, ownArn);
    throw new PolicyProblem(`${path} ${rule}; got ${showValue(text)}${difference}.`);
  }
}

const arnPartNames = ["", "partition", "service", "region", "account", "name"];

/** `, which names another account`, when some part differs by itself. */
function findDifference(pattern: string, ownArn: string): string {
  const patternParts = pattern.split(":");
  const ownParts = ownArn.split(":");
  const index = arnPartNames.findIndex(
    (_name, part) => !matchesWildcard(patternParts[part] ?? "*", ownParts[part] ?? ""),
  );
  const name = arnPartNames[index] ?? "";
  return name === "" ? "" : `, which names another ${name}`;
}
