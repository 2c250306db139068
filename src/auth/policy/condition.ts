/** Decides whether one condition of a statement holds in a request (contract §6.5). */
import { assert } from "../../std/assert.ts";
import type { ConditionOperator, ValueTest } from "./condition-operators/condition-operator.ts";
import { conditionOperators } from "./condition-operators/condition-operators.ts";
import type { Condition } from "./document.ts";
import { findPattern, type PatternScope } from "./variables.ts";

/** Whether `condition` holds for the values that its key has in the request. */
export function conditionHolds(condition: Condition, scope: PatternScope): boolean {
  const operator = conditionOperators.get(condition.operator);
  assert(operator !== undefined, `parsed documents hold known operators: ${condition.operator}`);
  const values = scope.context.get(condition.key) ?? [];
  const tests = condition.values.map((value) => compileValue(value, operator, scope));
  if (condition.operator === "Null") {
    return tests.some((test) => test(String(values.length === 0)));
  }
  return values.length === 0
    ? holdsWithoutKey(condition, operator)
    : holdsForValues(condition, { values, tests, isNegated: operator.isNegated });
}

function holdsWithoutKey(condition: Condition, operator: ConditionOperator): boolean {
  if (condition.isIfExists || condition.quantifier === "ForAllValues") {
    return true;
  }
  return condition.quantifier === undefined && operator.isNegated;
}

/**
 * Without a quantifier a key of several values counts as matching when one of them does, and a negated
 * operator is the opposite of its plain form.
 */
function holdsForValues(
  condition: Condition,
  options: {
    readonly values: readonly string[];
    readonly tests: readonly ValueTest[];
    readonly isNegated: boolean;
  },
): boolean {
  const { values, tests, isNegated } = options;
  const holds = (value: string) => tests.some((test) => test(value)) !== isNegated;
  const needsEvery =
    condition.quantifier === "ForAllValues" || (condition.quantifier === undefined && isNegated);
  return needsEvery ? values.every(holds) : values.some(holds);
}

/**
 * A value whose variable the request lacks equals nothing. An Allow with a negated operator would gain from
 * that, so there it equals everything: what can't be known never widens access.
 */
function compileValue(value: string, operator: ConditionOperator, scope: PatternScope): ValueTest {
  const parts = operator.takesVariables
    ? findPattern(value, scope)
    : [{ text: value, isLiteral: true }];
  const isLoss = operator.isNegated && scope.effect === "Allow";
  return (parts && operator.compile(parts, scope.meter)) ?? (() => isLoss);
}
