/**
 * Decides simple WHERE conditions on the bytes of a record, without making text of any field. What it decides is what
 * the compiled condition decides; where it cannot be sure it says so, and the compiled condition is asked.
 */
import { utf8Bytes } from "../../std/bytes.ts";
import type { ComparisonOperator, Expression, InExpression, LikeExpression } from "../ast.ts";
import { type CsvRecord, ESCAPED } from "../csv/csv-record.ts";
import { findSureColumn } from "./sure-column.ts";

/** Longer IN lists are left to the compiled condition, which looks them up instead of going through them. */
const SEARCHED_CHOICES_MAX = 16;

/** The bytes do not settle it: the column is absent, has escapes, or is not ASCII. */
export const UNDECIDED = undefined;
export type BytePredicate = (record: CsvRecord) => boolean | typeof UNDECIDED;

/** A test of an ASCII field, which lies in `bytes` from `start` to `end`. */
type ContentTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/**
 * A predicate for `where`, or `undefined` when none of it can be decided on bytes. Understood are comparisons of a
 * column with a string literal, IN lists of string literals, LIKE with `%` at the ends only, and AND, OR of these;
 * of a longer AND or OR, the operands that come first. `names` are those of the header.
 */
export function findBytePredicate(
  where: Expression | undefined,
  names: readonly string[] | undefined,
): BytePredicate | undefined {
  switch (where?.kind) {
    case "comparison":
      return findComparison(where.operator, where, names);
    case "in":
      return findIn(where, names);
    case "like":
      return findLike(where, names);
    case "and":
    case "or":
      return findLogical(where.kind, where.operands, names);
    default:
      return undefined;
  }
}

function findComparison(
  operator: ComparisonOperator,
  sides: { readonly left: Expression; readonly right: Expression },
  names: readonly string[] | undefined,
): BytePredicate | undefined {
  const { left, right } = sides;
  if (left.kind === "literal" && right.kind === "column") {
    return findComparison(MIRRORED[operator], { left: right, right: left }, names);
  }
  if (right.kind !== "literal" || typeof right.value !== "string") {
    return undefined;
  }
  const literal = utf8Bytes(right.value);
  return onColumn(left, names, COMPARISONS[operator](literal));
}

const MIRRORED = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
} as const satisfies Record<ComparisonOperator, ComparisonOperator>;

/** Bytes of ASCII compare as their text does, with a literal that is not ASCII too: its first such byte is larger. */
const COMPARISONS = {
  "=": (literal) => equals(literal),
  "<>": (literal) => not(equals(literal)),
  "<": (literal) => (bytes, start, end) => compare(bytes, start, end, literal) < 0,
  "<=": (literal) => (bytes, start, end) => compare(bytes, start, end, literal) <= 0,
  ">": (literal) => (bytes, start, end) => compare(bytes, start, end, literal) > 0,
  ">=": (literal) => (bytes, start, end) => compare(bytes, start, end, literal) >= 0,
} satisfies Record<ComparisonOperator, (literal: Uint8Array) => ContentTest>;

function findIn(
  { operand, choices, negated }: InExpression,
  names: readonly string[] | undefined,
): BytePredicate | undefined {
  if (choices.length > SEARCHED_CHOICES_MAX) {
    return undefined;
  }
  const tests: ContentTest[] = [];
  for (const choice of choices) {
    if (choice.kind !== "literal" || typeof choice.value !== "string") {
      return undefined;
    }
    tests.push(equals(utf8Bytes(choice.value)));
  }
  const isIn: ContentTest = (bytes, start, end) => tests.some((test) => test(bytes, start, end));
  return onColumn(operand, names, negated ? not(isIn) : isIn);
}

function findLike(
  { operand, pattern, escape: escapes, negated }: LikeExpression,
  names: readonly string[] | undefined,
): BytePredicate | undefined {
  if (escapes !== undefined || pattern.kind !== "literal" || typeof pattern.value !== "string") {
    return undefined;
  }
  const parts = /^(%*)([^%_]*)(%*)$/.exec(pattern.value);
  if (parts === null) {
    return undefined;
  }
  const [, before, middle = "", after] = parts;
  const test = like(utf8Bytes(middle), { before: before !== "", after: after !== "" });
  return onColumn(operand, names, negated ? not(test) : test);
}

/** Whether a field holds `literal`, with any text before or after it as `open` says. */
function like(
  literal: Uint8Array,
  open: { readonly before: boolean; readonly after: boolean },
): ContentTest {
  return (bytes, start, end) => {
    const last = end - literal.length;
    const from = open.after || !open.before ? start : last;
    const to = open.before ? last : start;
    if (last < start || (!open.before && !open.after && last !== start)) {
      return false;
    }
    for (let at = from; at <= to; at += 1) {
      if (holdsAt(bytes, at, literal)) {
        return true;
      }
    }
    return false;
  };
}

function equals(literal: Uint8Array): ContentTest {
  return (bytes, start, end) => end - start === literal.length && holdsAt(bytes, start, literal);
}

function not(test: ContentTest): ContentTest {
  return (bytes, start, end) => !test(bytes, start, end);
}

function holdsAt(bytes: Uint8Array, start: number, literal: Uint8Array): boolean {
  for (let at = 0; at < literal.length; at += 1) {
    if (bytes[start + at] !== literal[at]) {
      return false;
    }
  }
  return true;
}

/** Negative, zero or positive, as the field is less than, equal to or greater than `literal`. */
function compare(bytes: Uint8Array, start: number, end: number, literal: Uint8Array): number {
  const shared = Math.min(end - start, literal.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (bytes[start + at] ?? 0) - (literal[at] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return end - start - literal.length;
}

/** `test` on the column that `expression` is, unless it is something else or not surely one column. */
function onColumn(
  expression: Expression,
  names: readonly string[] | undefined,
  test: ContentTest,
): BytePredicate | undefined {
  const index = expression.kind === "column" ? findSureColumn(expression.identifier, names) : -1;
  if (index === -1) {
    return undefined;
  }
  return (record) => {
    if (!record.hasColumn(index) || record.kindOf(index) === ESCAPED) {
      return UNDECIDED;
    }
    const start = record.contentStart(index);
    const end = record.contentEnd(index);
    return record.isAscii(start, end) ? test(record.bytes, start, end) : UNDECIDED;
  };
}

/** The operands that come first as long as they are understood: one of them may settle the whole. */
function findLogical(
  kind: "and" | "or",
  operands: readonly Expression[],
  names: readonly string[] | undefined,
): BytePredicate | undefined {
  const found = operands.map((operand) => findBytePredicate(operand, names));
  const gap = found.indexOf(undefined);
  const first = found
    .slice(0, gap === -1 ? found.length : gap)
    .filter((test) => test !== undefined);
  const settles = kind === "or";
  const otherwise = gap === -1 ? !settles : UNDECIDED;
  if (first.length === 0) {
    return undefined;
  }
  return (record) => {
    for (const test of first) {
      const decided = test(record);
      if (decided === UNDECIDED || decided === settles) {
        return decided;
      }
    }
    return otherwise;
  };
}
