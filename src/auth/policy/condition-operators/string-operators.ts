/** Comparisons of text. `*` and `?` are wildcards in the two `Like` operators only. */
import { joinParts, matchesPattern } from "../match.ts";
import { type ConditionOperator, negate } from "./condition-operator.ts";

const stringEquals: ConditionOperator = {
  isNegated: false,
  takesVariables: true,
  valueRule: "text",
  compile: (parts) => {
    const text = joinParts(parts);
    return (requestValue) => requestValue === text;
  },
};

const stringEqualsIgnoreCase: ConditionOperator = {
  ...stringEquals,
  compile: (parts) => {
    const text = joinParts(parts).toLowerCase();
    return (requestValue) => requestValue.toLowerCase() === text;
  },
};

const stringLike: ConditionOperator = {
  ...stringEquals,
  compile: (parts, meter) => (requestValue) => matchesPattern(parts, requestValue, meter),
};

export const stringOperators = {
  StringEquals: stringEquals,
  StringNotEquals: negate(stringEquals),
  StringEqualsIgnoreCase: stringEqualsIgnoreCase,
  StringNotEqualsIgnoreCase: negate(stringEqualsIgnoreCase),
  StringLike: stringLike,
  StringNotLike: negate(stringLike),
} as const;
