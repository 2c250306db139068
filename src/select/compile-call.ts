/** Calls of functions as closures. */
import type { CallExpression } from "./ast.ts";
import { areEqual } from "./compare.ts";
import { SelectRunError } from "./errors.ts";
import type { Compiled, Evaluate } from "./evaluate.ts";
import { findTimestamp, SqlTimestamp, timestampOfEpochMs } from "./sql-timestamp.ts";
import { countCharacters, substring, type TrimSide, trim } from "./string-functions.ts";
import { addDateParts, countDateParts, extractPart } from "./timestamp-arithmetic.ts";
import { compileTimestampFormat, type TimestampFormat } from "./timestamp-format.ts";
import { describeValue, type SqlValue } from "./value.ts";

/** Computes a function of arguments of which none is NULL or MISSING. */
type Apply = (first: SqlValue, second: SqlValue, third: SqlValue) => SqlValue;

/** The closure of `call`, whose arguments are `operands`; UTCNOW() gives `nowMs`, epoch milliseconds. */
export function compileCall(
  call: CallExpression,
  operands: readonly Compiled[],
  nowMs: number,
): Evaluate {
  switch (call.name) {
    case "coalesce":
      return compileCoalesce(operands.map(({ evaluate }) => evaluate));
    case "nullif":
      return compileNullif(operands);
    case "utcnow": {
      const now = timestampOfEpochMs(nowMs);
      return () => now;
    }
    default:
      return compileStrict(applierOf(call, operands), operands);
  }
}

function compileCoalesce(operands: readonly Evaluate[]): Evaluate {
  return (row) => {
    for (const evaluate of operands) {
      const value = evaluate(row);
      if (value !== null && value !== undefined) {
        return value;
      }
    }
    return null;
  };
}

/** NULLIF(a, b): NULL when they are equal or a is NULL or MISSING, else a (guide: NULLIF). */
function compileNullif([first, second]: readonly Compiled[]): Evaluate {
  return (row) => {
    const value = first?.evaluate(row);
    const other = second?.evaluate(row);
    if (value === null || value === undefined) {
      return null;
    }
    return other !== null && other !== undefined && areEqual(value, other) ? null : value;
  };
}

/** MISSING for a MISSING argument, else NULL for a NULL one, else what `apply` computes. */
function compileStrict(apply: Apply, [one, two, three]: readonly Compiled[]): Evaluate {
  const first = one?.evaluate ?? (() => null);
  if (two === undefined) {
    return (row) => {
      const value = first(row);
      return value === null || value === undefined ? value : apply(value, 0, 0);
    };
  }
  const second = two.evaluate;
  const third = three?.evaluate ?? (() => 0);
  return (row) => {
    const values = [first(row), second(row), third(row)] as const;
    if (values.includes(undefined)) {
      return undefined;
    }
    return values.includes(null) ? null : apply(...values);
  };
}

function applierOf(
  call: Exclude<CallExpression, { readonly name: "coalesce" | "nullif" | "utcnow" }>,
  operands: readonly Compiled[],
): Apply {
  switch (call.name) {
    case "char_length":
      return (text) => countCharacters(stringOf(text, "CHAR_LENGTH"));
    case "lower":
      return (text) => stringOf(text, "LOWER").toLowerCase();
    case "upper":
      return (text) => stringOf(text, "UPPER").toUpperCase();
    case "substring":
      return operands.length === 3 ? applySubstring : (text, start) => tail(text, start);
    case "trim":
      return trimmer(call.side, operands.length === 2);
    case "date_add":
      return (quantity, timestamp) =>
        addDateParts(
          call.part,
          integerOf(quantity, "the quantity of DATE_ADD"),
          timestampOf(timestamp, "DATE_ADD"),
        );
    case "date_diff":
      return (from, to) =>
        countDateParts(call.part, timestampOf(from, "DATE_DIFF"), timestampOf(to, "DATE_DIFF"));
    case "extract":
      return (timestamp) => extractPart(call.part, timestampOf(timestamp, "EXTRACT"));
    case "to_timestamp":
      return (text) => parseTimestamp(stringOf(text, "TO_TIMESTAMP"));
    case "to_string":
      return formatter();
  }
}

function tail(text: SqlValue, start: SqlValue): string {
  return substring(stringOf(text, "SUBSTRING"), {
    start: Number(integerOf(start, "the start of SUBSTRING")),
    length: Number.POSITIVE_INFINITY,
  });
}

function applySubstring(text: SqlValue, start: SqlValue, length: SqlValue): string {
  const count = integerOf(length, "the length of SUBSTRING");
  if (count < 0) {
    throw new SelectRunError(
      "IllegalSqlFunctionArgument",
      `the length of SUBSTRING must not be negative; got ${count}`,
    );
  }
  return substring(stringOf(text, "SUBSTRING"), {
    start: Number(integerOf(start, "the start of SUBSTRING")),
    length: Number(count),
  });
}

function trimmer(side: TrimSide, hasCharacters: boolean): Apply {
  return (text, characters) =>
    trim(stringOf(text, "TRIM"), {
      side,
      removed: hasCharacters ? stringOf(characters, "the set of TRIM") : " ",
    });
}

function parseTimestamp(text: string): SqlTimestamp {
  const timestamp = findTimestamp(text);
  if (timestamp === undefined) {
    throw new SelectRunError(
      "ValueParseFailure",
      `TO_TIMESTAMP needs a timestamp such as 2010-02-03T04:05Z; got ${describeValue(text)}`,
    );
  }
  return timestamp;
}

/** Keeps the writer of the last pattern, which mostly is the only one. */
function formatter(): Apply {
  let lastPattern: string | undefined;
  let lastFormat: TimestampFormat | undefined;
  return (timestamp, pattern) => {
    const text = stringOf(pattern, "the pattern of TO_STRING");
    if (lastFormat === undefined || text !== lastPattern) {
      lastFormat = compileTimestampFormat(text);
      lastPattern = text;
    }
    return lastFormat(timestampOf(timestamp, "TO_STRING"));
  };
}

function stringOf(value: SqlValue, what: string): string {
  return typeof value === "string" ? value : wrongType(value, what, "a string");
}

function integerOf(value: SqlValue, what: string): number | bigint {
  return typeof value === "number" || typeof value === "bigint"
    ? value
    : wrongType(value, what, "an int");
}

function timestampOf(value: SqlValue, what: string): SqlTimestamp {
  return value instanceof SqlTimestamp ? value : wrongType(value, what, "a timestamp");
}

function wrongType(value: SqlValue, what: string, wanted: string): never {
  throw new SelectRunError(
    "IncorrectSqlFunctionArgumentType",
    `${what} needs ${wanted}; got ${describeValue(value)}`,
  );
}
