/** Expressions as closures: columns resolved, constants computed once. */
import { assertNever } from "../std/assert.ts";
import { calculate, negate } from "./arithmetic.ts";
import type { Expression, LogicalExpression } from "./ast.ts";
import { castTo } from "./cast.ts";
import { compileCall } from "./compile-call.ts";
import { compileComparison } from "./compile-comparison.ts";
import { compileLikeExpression } from "./compile-like.ts";
import { compileBetween, compileIn } from "./compile-membership.ts";
import { SelectRunError } from "./errors.ts";
import { type Compiled, type Evaluate, emptyRow } from "./evaluate.ts";
import type { ColumnResolver } from "./resolve-columns.ts";
import { describeValue, type SqlValue } from "./value.ts";

/** What an expression is compiled against. */
export interface Surroundings {
  readonly columns: ColumnResolver;
  /** What UTCNOW() gives, in epoch milliseconds. */
  readonly nowMs: number;
}

/** The closure of `expression`. Throws the errors of `ColumnResolver`; others come from the closure. */
export function compileExpression(expression: Expression, surroundings: Surroundings): Compiled {
  const compile = (part: Expression) => compileExpression(part, surroundings);
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return { evaluate: () => value, constant: true };
    }
    case "column": {
      const index = surroundings.columns.indexOf(expression);
      return { evaluate: (row) => row.column(index), constant: false };
    }
    case "negate":
      return compileUnary(compile(expression.operand), negate);
    case "not":
      return compileUnary(compile(expression.operand), not);
    case "is":
      return compileIs(compile(expression.operand), expression);
    case "cast":
      return compileUnary(compile(expression.operand), castTo(expression.type));
    case "arithmetic": {
      const { operator } = expression;
      const left = compile(expression.left);
      const right = compile(expression.right);
      const [first, second] = [left.evaluate, right.evaluate];
      return folded((row) => calculate(operator, first(row), second(row)), [left, right]);
    }
    case "comparison": {
      const left = compile(expression.left);
      const right = compile(expression.right);
      return folded(compileComparison(expression.operator, left, right), [left, right]);
    }
    case "in": {
      const operand = compile(expression.operand);
      const choices = expression.choices.map(compile);
      return folded(compileIn(expression.negated, operand, choices), [operand, ...choices]);
    }
    case "between": {
      const operand = compile(expression.operand);
      const bounds = { low: compile(expression.low), high: compile(expression.high) };
      const evaluate = compileBetween(expression.negated, operand, bounds);
      return folded(evaluate, [operand, bounds.low, bounds.high]);
    }
    case "like": {
      const operand = compile(expression.operand);
      const pattern = compile(expression.pattern);
      const escaping = expression.escape === undefined ? undefined : compile(expression.escape);
      const evaluate = compileLikeExpression(expression.negated, operand, { pattern, escaping });
      return folded(evaluate, [operand, pattern, escaping ?? pattern]);
    }
    case "and":
    case "or": {
      const operands = expression.operands.map(compile);
      return folded(compileLogical(expression.kind, operands), operands);
    }
    case "call": {
      const operands = expression.operands.map(compile);
      return folded(compileCall(expression, operands, surroundings.nowMs), operands);
    }
    default:
      return assertNever(expression);
  }
}

/**
 * `evaluate`, computed at once when all its parts are constant. A failure is left to the rows: there may
 * be none, or an AND may never come to it.
 */
function folded(evaluate: Evaluate, parts: readonly Compiled[]): Compiled {
  if (!parts.every(({ constant }) => constant)) {
    return { evaluate, constant: false };
  }
  try {
    const value = evaluate(emptyRow);
    return { evaluate: () => value, constant: true };
  } catch (error) {
    if (error instanceof SelectRunError) {
      return { evaluate, constant: false };
    }
    throw error;
  }
}

function compileUnary(operand: Compiled, apply: (value: SqlValue) => SqlValue): Compiled {
  const { evaluate } = operand;
  return folded((row) => apply(evaluate(row)), [operand]);
}

/** MISSING is NULL, but NULL is not MISSING (contract §8a). */
function compileIs(
  operand: Compiled,
  { negated, what }: { readonly negated: boolean; readonly what: "null" | "missing" },
): Compiled {
  return compileUnary(operand, (value) => {
    const holds = value === undefined || (value === null && what === "null");
    return holds !== negated;
  });
}

/**
 * AND and OR from left to right, stopping at the value that decides: FALSE for AND, TRUE for OR. Without
 * one, NULL when any operand is unknown.
 */
function compileLogical(kind: LogicalExpression["kind"], operands: readonly Compiled[]): Evaluate {
  const evaluators = operands.map(({ evaluate }) => evaluate);
  const deciding = kind === "or";
  const name = kind.toUpperCase();
  return (row) => {
    let unknown = false;
    for (const evaluate of evaluators) {
      const value = evaluate(row);
      if (value === deciding) {
        return deciding;
      }
      if (value === null || value === undefined) {
        unknown = true;
      } else if (typeof value !== "boolean") {
        throw notBool(name, value);
      }
    }
    return unknown ? null : !deciding;
  };
}

function not(value: SqlValue): SqlValue {
  if (value === null || value === undefined) {
    return value;
  }
  if (typeof value !== "boolean") {
    throw notBool("NOT", value);
  }
  return !value;
}

/** The failure of a condition that is no bool. */
export function notBool(what: string, value: SqlValue): SelectRunError {
  return new SelectRunError("InvalidDataType", `${what} needs bool; got ${describeValue(value)}`);
}
