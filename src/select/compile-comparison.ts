/** Comparisons as closures; the usual ones, of a string or an int with a constant, without further calls. */
import type { ComparisonOperator } from "./ast.ts";
import { areEqual, compareValues } from "./compare.ts";
import { type Compiled, constantOf, type Evaluate } from "./evaluate.ts";
import type { SqlValue } from "./value.ts";

/** Which of the three outcomes of a comparison make an operator TRUE. */
interface Outcomes {
  readonly below: boolean;
  readonly equal: boolean;
  readonly above: boolean;
}

const outcomesOf: Readonly<Record<ComparisonOperator, Outcomes>> = {
  "=": { below: false, equal: true, above: false },
  "<>": { below: true, equal: false, above: true },
  "<": { below: true, equal: false, above: false },
  "<=": { below: true, equal: true, above: false },
  ">": { below: false, equal: false, above: true },
  ">=": { below: false, equal: true, above: true },
};

/** The operator that says the same with its sides exchanged. */
const mirrored: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
};

/**
 * The closure of `left operator right`: MISSING with MISSING on either side, else NULL with NULL. Unlike
 * types are unequal; ordering them throws `InvalidDataType`.
 */
export function compileComparison(
  operator: ComparisonOperator,
  left: Compiled,
  right: Compiled,
): Evaluate {
  const constant = constantOf(right);
  const outcomes = outcomesOf[operator];
  if (typeof constant === "string" && outcomes.below === outcomes.above) {
    return compileStringEquality(left.evaluate, { constant, equal: outcomes.equal });
  }
  // Of two strings, one without units from U+D800 on, the order by unit is the order by code point.
  if (typeof constant === "string" && !/[\ud800-\uffff]/.test(constant)) {
    return compileStringOrder(operator, left.evaluate, constant);
  }
  if (typeof constant === "number") {
    return compileNumberOrder(operator, left.evaluate, constant);
  }
  if (left.constant && !right.constant) {
    return compileComparison(mirrored[operator], right, left);
  }
  const first = left.evaluate;
  const second = right.evaluate;
  return (row) => decide(operator, first(row), second(row));
}

/** `left operator right` as a value: TRUE, FALSE, or NULL or MISSING when unknown. */
export function decide(
  operator: ComparisonOperator,
  left: SqlValue,
  right: SqlValue,
): boolean | null | undefined {
  if (left === undefined || right === undefined) {
    return undefined;
  }
  if (left === null || right === null) {
    return null;
  }
  const { below, equal, above } = outcomesOf[operator];
  if (below === above) {
    return areEqual(left, right) === equal;
  }
  const order = compareValues(left, right);
  return order < 0 ? below : order > 0 ? above : equal;
}

function compileStringEquality(
  left: Evaluate,
  { constant, equal }: { readonly constant: string; readonly equal: boolean },
): Evaluate {
  return (row) => {
    const value = left(row);
    return value === null || value === undefined ? value : (value === constant) === equal;
  };
}

function compileStringOrder(
  operator: ComparisonOperator,
  left: Evaluate,
  constant: string,
): Evaluate {
  const { below, equal, above } = outcomesOf[operator];
  return (row) => {
    const value = left(row);
    if (typeof value !== "string") {
      return decide(operator, value, constant);
    }
    return value < constant ? below : value === constant ? equal : above;
  };
}

function compileNumberOrder(
  operator: ComparisonOperator,
  left: Evaluate,
  constant: number,
): Evaluate {
  const { below, equal, above } = outcomesOf[operator];
  return (row) => {
    const value = left(row);
    if (typeof value !== "number") {
      return decide(operator, value, constant);
    }
    return value < constant ? below : value === constant ? equal : above;
  };
}
