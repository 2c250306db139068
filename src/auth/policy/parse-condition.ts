/** The `Condition` element: operators, keys and values (contract §6.5). */
import type { JsonValue } from "../../std/json.ts";
import { foldConditionKey } from "./condition-keys.ts";
import type { ConditionOperator } from "./condition-operators/condition-operator.ts";
import { conditionOperators } from "./condition-operators/condition-operators.ts";
import type { Condition } from "./document.ts";
import { checkConditionKey } from "./parse-condition-key.ts";
import { PolicyProblem, parseTexts, suggestName } from "./parse-element.ts";
import { checkVariables } from "./parse-variables.ts";
import { type StatementContext, showValue } from "./policy-rules.ts";
import { widenVariables } from "./variables.ts";

/** One condition for each key of each operator; none when the element is absent or empty. */
export function parseConditions(
  path: string,
  value: JsonValue | undefined,
  context: StatementContext,
): readonly Condition[] {
  if (value === undefined) {
    return [];
  }
  return listMembers(path, value).flatMap(([operatorText, keys]) => {
    const operatorPath = `${path}.${showName(operatorText)}`;
    const members = listMembers(operatorPath, keys);
    if (members.length === 0) {
      throw new PolicyProblem(`${operatorPath} must name at least one condition key.`);
    }
    checkRepeatedKeys(
      operatorPath,
      members.map(([key]) => key),
    );
    const head = parseOperator(operatorPath, operatorText);
    return members.map(([keyText, values]) => {
      checkConditionKey(operatorPath, keyText, context);
      const keyPath = `${operatorPath}.${showName(keyText)}`;
      const parsed = parseValues(keyPath, values, { operator: head.operator, context });
      return { ...head.fields, keyText, key: foldConditionKey(keyText), values: parsed };
    });
  });
}

function listMembers(path: string, value: JsonValue): readonly (readonly [string, JsonValue])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PolicyProblem(`${path} must be an object; got ${showValue(value)}.`);
  }
  return Object.entries(value).map(([name, member]) => [name, member ?? null]);
}

/** Two spellings of one key would both have to hold, which nobody means. */
function checkRepeatedKeys(path: string, keys: readonly string[]): void {
  const seen = new Set<string>();
  for (const key of keys) {
    const folded = foldConditionKey(key);
    if (seen.has(folded)) {
      throw new PolicyProblem(
        `${path} has the key ${showValue(key)} twice; letter case is ignored.`,
      );
    }
    seen.add(folded);
  }
}

type OperatorFields = Pick<Condition, "operatorText" | "operator" | "quantifier" | "isIfExists">;

function parseOperator(
  path: string,
  operatorText: string,
): { readonly fields: OperatorFields; readonly operator: ConditionOperator } {
  const match = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(operatorText);
  const [, quantifier, name = "", suffix] = match ?? [];
  const operator = conditionOperators.get(name);
  if (operator === undefined) {
    const meant = suggestName(name || operatorText, [...conditionOperators.keys()]);
    throw new PolicyProblem(`${path}: there is no such condition operator${meant}.`);
  }
  if (name === "Null" && (quantifier ?? suffix) !== undefined) {
    throw new PolicyProblem(`${path}: Null takes no ForAnyValue, ForAllValues or IfExists.`);
  }
  const plain = { operatorText, operator: name, isIfExists: suffix !== undefined };
  const isQuantified = quantifier === "ForAnyValue" || quantifier === "ForAllValues";
  return { fields: isQuantified ? { ...plain, quantifier } : plain, operator };
}

function parseValues(
  path: string,
  value: JsonValue,
  options: { readonly operator: ConditionOperator; readonly context: StatementContext },
): readonly string[] {
  const { operator, context } = options;
  const hasVariables = operator.takesVariables && context.version === "2012-10-17";
  const texts = parseTexts(path, value, { find: findScalar, rule: "text, a number or a boolean" });
  for (const placed of texts) {
    if (hasVariables) {
      checkVariables(placed, context);
    }
    const text = hasVariables ? widenVariables(placed.text) : placed.text;
    if (operator.compile([{ text, isLiteral: false }]) === undefined) {
      const rule = `must be ${operator.valueRule}`;
      throw new PolicyProblem(`${placed.path} ${rule}; got ${showValue(placed.text)}.`);
    }
  }
  return texts.map(({ text }) => text);
}

/** The guide writes `"aws:MultiFactorAuthPresent": true` without quotes. */
function findScalar(item: JsonValue): string | undefined {
  return typeof item === "object" ? undefined : String(item);
}

/** Names stand in paths as they are, unless they are strange. */
function showName(name: string): string {
  return /^[\w:/.@=+-]{1,120}$/.test(name) ? name : showValue(name);
}
