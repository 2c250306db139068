/** THE TABLE of condition operators (contract §6.5). */
import { arnOperators } from "./arn-operators.ts";
import { binaryOperators } from "./binary-operators.ts";
import { boolOperators } from "./bool-operators.ts";
import type { ConditionOperator } from "./condition-operator.ts";
import { dateOperators } from "./date-operators.ts";
import { ipAddressOperators } from "./ip-address-operators.ts";
import { numericOperators } from "./numeric-operators.ts";
import { stringOperators } from "./string-operators.ts";

/** By name; a map, because names come from documents and `constructor` is none. */
export const conditionOperators: ReadonlyMap<string, ConditionOperator> = new Map(
  Object.entries({
    ...stringOperators,
    ...numericOperators,
    ...dateOperators,
    ...boolOperators,
    ...binaryOperators,
    ...ipAddressOperators,
    ...arnOperators,
  }),
);
