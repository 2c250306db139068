/** Comparison of bytes in base64. No key of this service holds bytes, so it finds only absent keys. */
import { joinParts } from "../match.ts";
import type { ConditionOperator } from "./condition-operator.ts";

const binaryEquals: ConditionOperator = {
  isNegated: false,
  takesVariables: false,
  valueRule: "base64",
  compile: (parts) => {
    const text = joinParts(parts);
    const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
    return isBase64 ? (requestValue) => requestValue === text : undefined;
  },
};

export const binaryOperators = { BinaryEquals: binaryEquals } as const;
