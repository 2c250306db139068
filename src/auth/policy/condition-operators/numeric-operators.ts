/** Comparisons of numbers: integers and decimals, compared as double-precision numbers. */
import { orderedOperators } from "./condition-operator.ts";

export const numericOperators = orderedOperators("Numeric", {
  valueRule: "a number",
  find: findNumber,
});

const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

function findNumber(text: string): number | undefined {
  return numberPattern.test(text) ? Number(text) : undefined;
}
