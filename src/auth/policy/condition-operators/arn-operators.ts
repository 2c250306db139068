/**
 * Comparisons of ARNs, part by part: a wildcard never reaches over one of the first five colons. `ArnEquals`
 * and `ArnLike` do the same.
 */
import { joinParts, matchesPattern, type PatternPart } from "../match.ts";
import { type ConditionOperator, negate } from "./condition-operator.ts";

const ARN_PARTS = 6;

const arnLike: ConditionOperator = {
  isNegated: false,
  takesVariables: true,
  valueRule: 'an ARN of six parts, with or without wildcards, or "*"',
  compile: (pattern, meter) => {
    const patternParts = splitPattern(pattern);
    if (patternParts.length < ARN_PARTS) {
      return joinParts(pattern) === "*" ? isArn : undefined;
    }
    return (requestValue) => {
      const textParts = splitArn(requestValue);
      return (
        textParts.length === ARN_PARTS &&
        patternParts.every((part, index) => matchesPattern(part, textParts[index] ?? "", meter))
      );
    };
  },
};

export const arnOperators = {
  ArnEquals: arnLike,
  ArnNotEquals: negate(arnLike),
  ArnLike: arnLike,
  ArnNotLike: negate(arnLike),
} as const;

function isArn(text: string): boolean {
  return text.startsWith("arn:") && splitArn(text).length === ARN_PARTS;
}

/** At most six parts: later colons belong to the resource. */
function splitArn(text: string): readonly string[] {
  const parts = text.split(":");
  return parts.length <= ARN_PARTS
    ? parts
    : [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(":")];
}

/** The same for a pattern; colons that a variable brought in separate too. */
function splitPattern(pattern: readonly PatternPart[]): readonly (readonly PatternPart[])[] {
  const split: PatternPart[][] = [[]];
  for (const part of pattern) {
    const pieces = part.text.split(":");
    for (const [index, text] of pieces.entries()) {
      if (index > 0 && split.length < ARN_PARTS) {
        split.push([]);
        split.at(-1)?.push({ ...part, text });
      } else {
        split.at(-1)?.push({ ...part, text: index > 0 ? `:${text}` : text });
      }
    }
  }
  return split;
}
