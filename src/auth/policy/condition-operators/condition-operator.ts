/** What a condition operator is, and the two ways to derive one from another. */
import type { PatternPart, StepMeter } from "../match.ts";

/** Whether a value of the request satisfies one value of the policy. */
export type ValueTest = (requestValue: string) => boolean;

export interface ConditionOperator {
  /** Holds when no value of the policy matches, and when the key is absent. */
  readonly isNegated: boolean;
  /** Whether `${…}` in the policy's values is a variable. */
  readonly takesVariables: boolean;
  /** What the policy's values must be, for messages. */
  readonly valueRule: string;
  /** The test for one value of the policy; `undefined` when the value breaks the rule. */
  readonly compile: (value: readonly PatternPart[], meter?: StepMeter) => ValueTest | undefined;
}

/** The operator that holds exactly when `operator` does not. */
export function negate(operator: ConditionOperator): ConditionOperator {
  return { ...operator, isNegated: true };
}

/** The six comparisons of an ordered kind of value, named `<prefix>Equals` and so on. */
export function orderedOperators<Prefix extends string>(
  prefix: Prefix,
  kind: { readonly valueRule: string; readonly find: (text: string) => number | undefined },
): Readonly<Record<`${Prefix}${ComparisonName}`, ConditionOperator>> {
  const compare = (accepts: (request: number, policy: number) => boolean): ConditionOperator => ({
    isNegated: false,
    takesVariables: false,
    valueRule: kind.valueRule,
    compile: (parts) => {
      const policyValue = kind.find(parts.map((part) => part.text).join(""));
      return policyValue === undefined
        ? undefined
        : (text) => {
            const requestValue = kind.find(text);
            return requestValue !== undefined && accepts(requestValue, policyValue);
          };
    },
  });
  const equals = compare((request, policy) => request === policy);
  const operators: Record<ComparisonName, ConditionOperator> = {
    Equals: equals,
    NotEquals: negate(equals),
    LessThan: compare((request, policy) => request < policy),
    LessThanEquals: compare((request, policy) => request <= policy),
    GreaterThan: compare((request, policy) => request > policy),
    GreaterThanEquals: compare((request, policy) => request >= policy),
  };
  const named = Object.entries(operators).map(([name, operator]) => [`${prefix}${name}`, operator]);
  return Object.fromEntries(named);
}

type ComparisonName =
  | "Equals"
  | "NotEquals"
  | "LessThan"
  | "LessThanEquals"
  | "GreaterThan"
  | "GreaterThanEquals";
