/** IN and BETWEEN as closures. */
import { areEqual } from "./compare.ts";
import { decide } from "./compile-comparison.ts";
import { type Compiled, constantOf, type Evaluate, invert } from "./evaluate.ts";

/**
 * `operand [NOT] IN (choices)`: TRUE when the operand equals a choice, else NULL when a comparison is
 * unknown, else FALSE. A list of constant strings and ints is looked up at once, however long.
 */
export function compileIn(
  negated: boolean,
  operand: Compiled,
  choices: readonly Compiled[],
): Evaluate {
  const value = operand.evaluate;
  const decideIn = deciderOf(choices);
  return negated ? (row) => invert(decideIn(value(row), row)) : (row) => decideIn(value(row), row);
}

type DecideIn = (
  value: ReturnType<Evaluate>,
  row: Parameters<Evaluate>[0],
) => boolean | null | undefined;

function deciderOf(choices: readonly Compiled[]): DecideIn {
  const evaluators = choices.map(({ evaluate }) => evaluate);
  const set = new Set<string | number>();
  for (const choice of choices) {
    const constant = constantOf(choice);
    if (typeof constant !== "string" && typeof constant !== "number") {
      return (value, row) => search(value, evaluators, row);
    }
    set.add(constant);
  }
  return (value, row) => {
    if (typeof value === "string" || typeof value === "number") {
      return set.has(value);
    }
    return search(value, evaluators, row);
  };
}

function search(
  value: ReturnType<Evaluate>,
  choices: readonly Evaluate[],
  row: Parameters<Evaluate>[0],
): boolean | null | undefined {
  if (value === null || value === undefined) {
    return value;
  }
  let unknown = false;
  for (const evaluate of choices) {
    const choice = evaluate(row);
    if (choice === null || choice === undefined) {
      unknown = true;
    } else if (areEqual(value, choice)) {
      return true;
    }
  }
  return unknown ? null : false;
}

/** `operand [NOT] BETWEEN low AND high`, which is `operand >= low AND operand <= high`. */
export function compileBetween(
  negated: boolean,
  operand: Compiled,
  { low, high }: { readonly low: Compiled; readonly high: Compiled },
): Evaluate {
  const evaluate = operand.evaluate;
  const lowest = low.evaluate;
  const highest = high.evaluate;
  const between: (row: Parameters<Evaluate>[0]) => boolean | null | undefined = (row) => {
    const value = evaluate(row);
    const aboveLow = decide(">=", value, lowest(row));
    if (aboveLow === false) {
      return false;
    }
    const belowHigh = decide("<=", value, highest(row));
    return belowHigh === false || aboveLow === true ? belowHigh : aboveLow;
  };
  return negated ? (row) => invert(between(row)) : between;
}
