/** The two ways in which a query fails: before the job is accepted, and while it runs. */

/** Where a token begins in the expression; both numbers count from 1, columns in UTF-16 units. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** What the parser met and what it could have taken there. */
export interface SyntaxProblem extends SourcePosition {
  /** The token, clause or function that was met, as written; `end of expression` at the end. */
  readonly found: string;
  /** What would have been accepted, in words. */
  readonly expected: string;
}

/**
 * The expression is not a query of this dialect. Known before a job is accepted, so it answers
 * InitiateJob (contract §4.7). The message has one form:
 * `ParseException: line 1, column 15: found LIMIT, expected WHERE or the end of the expression`.
 */
export class SelectSyntaxError extends Error {
  override readonly name = "SelectSyntaxError";
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly expected: string;

  constructor({ line, column, found, expected }: SyntaxProblem) {
    super(`ParseException: line ${line}, column ${column}: found ${found}, expected ${expected}`);
    this.line = line;
    this.column = column;
    this.found = found;
    this.expected = expected;
  }
}

/**
 * Failures of a running query, named as S3 Select's public error list names them where it has a name.
 * `DivisionByZero` and `NumericOverflow` (floats and decimals) are ours.
 */
export const selectRunErrorCodes = [
  "AmbiguousFieldName",
  "CSVParsingError",
  "CSVUnescapedQuote",
  "CastFailed",
  "DivisionByZero",
  "EvaluatorInvalidTimestampFormatPattern",
  "EvaluatorLikePatternInvalidEscapeSequence",
  "IllegalSqlFunctionArgument",
  "IncorrectSqlFunctionArgumentType",
  "IntegerOverflow",
  "InvalidCast",
  "InvalidColumnIndex",
  "InvalidDataType",
  "InvalidTextEncoding",
  "LikeInvalidInputs",
  "MissingHeaderName",
  "NumericOverflow",
  "OverMaxColumn",
  "OverMaxRecordSize",
  "ValueParseFailure",
] as const;

export type SelectRunErrorCode = (typeof selectRunErrorCodes)[number];

/** A query that was accepted failed on the archive's header or on one of its records. */
export class SelectRunError extends Error {
  override readonly name = "SelectRunError";
  readonly code: SelectRunErrorCode;

  constructor(code: SelectRunErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
