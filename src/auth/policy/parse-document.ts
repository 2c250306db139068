/** JSON text → policy document, with every mistake named (contract §6.3). */
import type { ServiceError } from "../../domain/errors.ts";
import { assert } from "../../std/assert.ts";
import { type JsonValue, parseJson } from "../../std/json.ts";
import type { PolicyDocument, PolicyVersion } from "./document.ts";
import { findRepeatedName, measureDepth } from "./json-shape.ts";
import { checkMembers, type JsonObject, PolicyProblem } from "./parse-element.ts";
import { parseStatement } from "./parse-statement.ts";
import { invalidPolicy, type PolicyContext, policyRules, showValue } from "./policy-rules.ts";

/** Statements of one document. */
export const POLICY_STATEMENTS_MAX = 128;
/** Lists and objects inside each other; a legal document needs six. */
export const POLICY_DEPTH_MAX = 10;

/**
 * The document that `text` is, checked against what it is to be attached to.
 *
 * Errors: `InvalidParameterValueException` beginning with the recorded text of the kind (contract §1.5),
 * then one sentence that names the element, its value and the rule:
 * `… Statement[0].Effect must be "Allow" or "Deny"; got "deny".`
 */
export function parsePolicyDocument(text: string, context: PolicyContext): PolicyDocument {
  const isComplete =
    context.ownArn !== undefined &&
    context.knownActions !== undefined &&
    context.vaultActions !== undefined;
  assert(
    isComplete || !policyRules[context.kind].isOfResource,
    `a ${context.kind} policy is checked against its resource's ARN and actions`,
  );
  try {
    return buildDocument(parseText(text, context.maxBytes), context);
  } catch (error) {
    throw error instanceof PolicyProblem ? refuse(error, context) : error;
  }
}

function refuse(problem: PolicyProblem, context: PolicyContext): ServiceError {
  return invalidPolicy(context.kind, problem.message);
}

function parseText(text: string, maxBytes: number): JsonValue {
  const bytes = text.length > maxBytes ? text.length : new TextEncoder().encode(text).length;
  if (bytes > maxBytes) {
    throw new PolicyProblem(`The document is larger than ${maxBytes} bytes.`);
  }
  if (measureDepth(text, POLICY_DEPTH_MAX) > POLICY_DEPTH_MAX) {
    throw new PolicyProblem(`The document nests deeper than ${POLICY_DEPTH_MAX} levels.`);
  }
  const value = parseJsonText(text);
  const repeated = findRepeatedName(text);
  if (repeated !== undefined) {
    throw new PolicyProblem(`The member ${showValue(repeated)} occurs twice in one object.`);
  }
  return value;
}

function parseJsonText(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    throw new PolicyProblem("The document is not JSON.", { cause: error });
  }
}

function buildDocument(value: JsonValue, context: PolicyContext): PolicyDocument {
  if (!isObject(value)) {
    throw new PolicyProblem(`The document must be an object; got ${showValue(value)}.`);
  }
  checkMembers("The document", value, ["Version", "Id", "Statement"]);
  const { Id: id } = value;
  if (id !== undefined && typeof id !== "string") {
    throw new PolicyProblem(`Id must be text; got ${showValue(id)}.`);
  }
  const version = parseVersion(value["Version"]);
  const statements = listStatementObjects(value["Statement"]).map(({ path, statement }) =>
    parseStatement(path, statement, { ...context, version }),
  );
  checkSids(statements.map(({ sid }) => sid));
  return { kind: context.kind, version, ...(id === undefined ? {} : { id }), statements };
}

/** The older version is what a document without one is written in. */
function parseVersion(value: JsonValue | undefined): PolicyVersion {
  if (value === undefined) {
    return "2008-10-17";
  }
  if (value !== "2008-10-17" && value !== "2012-10-17") {
    const rule = 'Version must be "2012-10-17" or "2008-10-17"';
    throw new PolicyProblem(`${rule}; got ${showValue(value)}.`);
  }
  return value;
}

function listStatementObjects(
  value: JsonValue | undefined,
): readonly { readonly path: string; readonly statement: JsonObject }[] {
  const items = isList(value) ? value : [value];
  if (value === undefined || items.length === 0) {
    throw new PolicyProblem("Statement must hold at least one statement.");
  }
  if (items.length > POLICY_STATEMENTS_MAX) {
    const rule = `Statement must hold at most ${POLICY_STATEMENTS_MAX} statements`;
    throw new PolicyProblem(`${rule}; got ${items.length}.`);
  }
  return items.map((item, index) => {
    const path = isList(value) ? `Statement[${index}]` : "Statement";
    if (!isObject(item)) {
      throw new PolicyProblem(`${path} must be an object; got ${showValue(item)}.`);
    }
    return { path, statement: item };
  });
}

function checkSids(sids: readonly (string | undefined)[]): void {
  const seen = new Set<string>();
  for (const [index, sid] of sids.entries()) {
    if (sid !== undefined && seen.has(sid)) {
      const rule = "must differ from the Sids of other statements";
      throw new PolicyProblem(`Statement[${index}].Sid ${rule}; got ${showValue(sid)}.`);
    }
    seen.add(sid ?? "");
  }
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}
