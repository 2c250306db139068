/** One statement of a document. */
import type { JsonValue } from "../../std/json.ts";
import type { Effect, Statement } from "./document.ts";
import { parseActions } from "./parse-action.ts";
import { parseConditions } from "./parse-condition.ts";
import { checkMembers, type JsonObject, PolicyProblem, pickElement } from "./parse-element.ts";
import { parsePrincipals } from "./parse-principal.ts";
import { parseResources } from "./parse-resource.ts";
import { policyRules, type StatementContext, showValue } from "./policy-rules.ts";

const elementNames = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

/** Throws `PolicyProblem` naming the element below `path` that breaks a rule. */
export function parseStatement(
  path: string,
  value: JsonObject,
  context: StatementContext,
): Statement {
  checkMembers(path, value, elementNames);
  const sid = parseSid(`${path}.Sid`, value["Sid"], context);
  const effect = parseEffect(`${path}.Effect`, value["Effect"]);
  const isOfResource = policyRules[context.kind].isOfResource;
  if (!isOfResource && ("Principal" in value || "NotPrincipal" in value)) {
    throw new PolicyProblem(`${path} must name no principal: it speaks of the user it belongs to.`);
  }
  return {
    ...(sid === undefined ? {} : { sid }),
    effect,
    ...(isOfResource ? { principal: parsePrincipals(pickElement(path, value, "Principal")) } : {}),
    action: parseActions(pickElement(path, value, "Action"), context),
    resource: parseResources(pickElement(path, value, "Resource"), context),
    conditions: parseConditions(`${path}.Condition`, value["Condition"], context),
  };
}

/** Tools write `"Sid": ""` for none. */
function parseSid(
  path: string,
  value: JsonValue | undefined,
  context: StatementContext,
): string | undefined {
  if (value === undefined || value === "") {
    return undefined;
  }
  if (typeof value !== "string") {
    throw new PolicyProblem(`${path} must be text; got ${showValue(value)}.`);
  }
  if (policyRules[context.kind].hasAlphanumericSids && !/^[A-Za-z0-9]+$/.test(value)) {
    throw new PolicyProblem(`${path} must be letters and digits only; got ${showValue(value)}.`);
  }
  return value;
}

function parseEffect(path: string, value: JsonValue | undefined): Effect {
  if (value !== "Allow" && value !== "Deny") {
    const got = value === undefined ? "nothing" : showValue(value);
    throw new PolicyProblem(`${path} must be "Allow" or "Deny"; got ${got}.`);
  }
  return value;
}
