/** A query of Glacier Select as data: what `parseSelect` returns and `compileQuery` takes. */
import type { SourcePosition } from "./errors.ts";
import type { SqlValue } from "./value.ts";

/** `SELECT projection FROM ARCHIVE [alias] [WHERE condition]` (contract §4.7). */
export interface SelectQuery {
  /** `"*"`: the row as it is; otherwise one output column each. */
  readonly projection: "*" | readonly Projection[];
  /** Absent: every row. */
  readonly where: Expression | undefined;
}

/** One output column. Its alias names nothing in CSV output, which has no header. */
export interface Projection {
  readonly expression: Expression;
  readonly alias: Identifier | undefined;
}

/** Unquoted identifiers match names without regard to case, quoted ones exactly. */
export interface Identifier {
  readonly name: string;
  readonly quoted: boolean;
}

export type Expression =
  | LiteralExpression
  | ColumnExpression
  | NegateExpression
  | ArithmeticExpression
  | ComparisonExpression
  | InExpression
  | BetweenExpression
  | LikeExpression
  | IsExpression
  | NotExpression
  | LogicalExpression
  | CastExpression
  | CallExpression;

/** A constant: string, number, TRUE, FALSE, NULL (`null`), MISSING (`undefined`) or a timestamp. */
export interface LiteralExpression {
  readonly kind: "literal";
  readonly value: SqlValue;
}

/** A column by position (`_3`) or by name; a table alias before it is checked and then dropped. */
export interface ColumnExpression {
  readonly kind: "column";
  readonly identifier: Identifier;
  readonly position: SourcePosition;
}

/** Unary minus. */
export interface NegateExpression {
  readonly kind: "negate";
  readonly operand: Expression;
}

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

export interface ArithmeticExpression {
  readonly kind: "arithmetic";
  readonly operator: ArithmeticOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `!=` is read as `<>`. */
export type ComparisonOperator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export interface ComparisonExpression {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface InExpression {
  readonly kind: "in";
  readonly negated: boolean;
  readonly operand: Expression;
  /** At least one. */
  readonly choices: readonly Expression[];
}

export interface BetweenExpression {
  readonly kind: "between";
  readonly negated: boolean;
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
}

export interface LikeExpression {
  readonly kind: "like";
  readonly negated: boolean;
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly escape: Expression | undefined;
}

export interface IsExpression {
  readonly kind: "is";
  readonly negated: boolean;
  readonly operand: Expression;
  readonly what: "null" | "missing";
}

export interface NotExpression {
  readonly kind: "not";
  readonly operand: Expression;
}

/** A whole chain `a AND b AND c`, so that long chains do not nest; evaluated from left to right. */
export interface LogicalExpression {
  readonly kind: "and" | "or";
  /** At least two. */
  readonly operands: readonly Expression[];
}

/** Types that CAST names; INTEGER is read as int, NUMERIC as decimal. */
export type CastType = "bool" | "int" | "string" | "float" | "decimal" | "timestamp";

export interface CastExpression {
  readonly kind: "cast";
  readonly operand: Expression;
  readonly type: CastType;
}

export type DatePart = "year" | "month" | "day" | "hour" | "minute" | "second";

export type ExtractPart = DatePart | "timezone_hour" | "timezone_minute";

/** A call of a function; the parser has checked the number of arguments. */
export type CallExpression =
  | {
      readonly kind: "call";
      readonly name: "coalesce" | "nullif" | "utcnow";
      readonly operands: readonly Expression[];
    }
  | {
      readonly kind: "call";
      readonly name: "char_length" | "lower" | "substring" | "to_string" | "to_timestamp" | "upper";
      readonly operands: readonly Expression[];
    }
  | {
      readonly kind: "call";
      readonly name: "trim";
      readonly side: "leading" | "trailing" | "both";
      /** The string, then the characters to remove when given. */
      readonly operands: readonly Expression[];
    }
  | {
      readonly kind: "call";
      readonly name: "date_add" | "date_diff";
      readonly part: DatePart;
      readonly operands: readonly Expression[];
    }
  | {
      readonly kind: "call";
      readonly name: "extract";
      readonly part: ExtractPart;
      readonly operands: readonly Expression[];
    };
