/** Tests of truth values and of presence. */
import { joinParts } from "../match.ts";
import type { ConditionOperator } from "./condition-operator.ts";

const bool: ConditionOperator = {
  isNegated: false,
  takesVariables: false,
  valueRule: '"true" or "false"',
  compile: (parts) => {
    const wanted = findTruth(joinParts(parts));
    return wanted === undefined ? undefined : (requestValue) => findTruth(requestValue) === wanted;
  },
};

/** `Null` asks whether a key is absent; `conditionHolds` hands it "true" when it is, else "false". */
export const boolOperators = { Bool: bool, Null: bool } as const;

function findTruth(text: string): boolean | undefined {
  const folded = text.toLowerCase();
  return folded === "true" ? true : folded === "false" ? false : undefined;
}
