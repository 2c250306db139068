/** Calls of functions, several of which have a syntax of their own (guide: SQL Functions). */
import type { CallExpression, CastType, DatePart, Expression, ExtractPart } from "./ast.ts";
import { SelectSyntaxError } from "./errors.ts";
import type { Token } from "./token.ts";
import type { TokenStream } from "./token-stream.ts";
import { findUnsupported } from "./unsupported.ts";

/** The parser of the arguments. */
export interface ExpressionSource {
  /** The expression that comes next. */
  parse(): Expression;
  /** `tree`, its height above `parts` noted. Throws `SelectSyntaxError` when it nests too deeply. */
  built<T extends Expression>(tree: T, parts: readonly Expression[]): T;
}

/** Functions whose arguments are expressions between commas; `CHARACTER_LENGTH` is `char_length`. */
const plainFunctions = {
  char_length: { name: "char_length", least: 1, most: 1 },
  character_length: { name: "char_length", least: 1, most: 1 },
  coalesce: { name: "coalesce", least: 1, most: Number.POSITIVE_INFINITY },
  lower: { name: "lower", least: 1, most: 1 },
  nullif: { name: "nullif", least: 2, most: 2 },
  to_string: { name: "to_string", least: 2, most: 2 },
  to_timestamp: { name: "to_timestamp", least: 1, most: 1 },
  upper: { name: "upper", least: 1, most: 1 },
  utcnow: { name: "utcnow", least: 0, most: 0 },
} as const;

type PlainFunction = keyof typeof plainFunctions;

type Parse = (tokens: TokenStream, expressions: ExpressionSource) => Expression;

/** Functions with words between their arguments. */
const specialFunctions = {
  cast: parseCast,
  date_add: (tokens, expressions) => parseDateCall(tokens, expressions, "date_add"),
  date_diff: (tokens, expressions) => parseDateCall(tokens, expressions, "date_diff"),
  extract: parseExtract,
  substring: parseSubstring,
  trim: parseTrim,
} as const satisfies Record<string, Parse>;

type SpecialFunction = keyof typeof specialFunctions;

/** Every function's name in upper case, in the order of the alphabet. */
export const functionNames: readonly string[] = [
  ...Object.keys(plainFunctions),
  ...Object.keys(specialFunctions),
]
  .map((name) => name.toUpperCase())
  .sort();

const types: Readonly<Record<string, CastType>> = {
  bool: "bool",
  int: "int",
  integer: "int",
  string: "string",
  float: "float",
  decimal: "decimal",
  numeric: "decimal",
  timestamp: "timestamp",
};

const dateParts: ReadonlySet<string> = new Set<DatePart>([
  "year",
  "month",
  "day",
  "hour",
  "minute",
  "second",
]);

/**
 * The call that begins with the next token; `undefined` when no parenthesis follows it, so that it is
 * a column or out of place. Throws `SelectSyntaxError` for unknown functions.
 */
export function parseCall(
  tokens: TokenStream,
  expressions: ExpressionSource,
): Expression | undefined {
  const token = tokens.peek();
  if (token.kind !== "word" || !tokens.isSymbol("(", 1)) {
    return undefined;
  }
  if (isPlain(token.word)) {
    return parsePlain(tokens, expressions, token.word);
  }
  if (!isSpecial(token.word)) {
    throw unknownFunction(tokens, token);
  }
  tokens.take();
  tokens.take();
  const call = specialFunctions[token.word](tokens, expressions);
  tokens.expectSymbol(")");
  return call;
}

function unknownFunction(tokens: TokenStream, token: Token): SelectSyntaxError {
  if (token.kind === "word" && findUnsupported(token.word) !== undefined) {
    return tokens.unexpected("an expression", token);
  }
  const { line, column, text } = token;
  const expected = `one of the functions ${functionNames.join(", ")}`;
  return new SelectSyntaxError({ line, column, found: `unknown function ${text}`, expected });
}

function isPlain(word: string): word is PlainFunction {
  return Object.hasOwn(plainFunctions, word);
}

function isSpecial(word: string): word is SpecialFunction {
  return Object.hasOwn(specialFunctions, word);
}

function parsePlain(
  tokens: TokenStream,
  expressions: ExpressionSource,
  written: PlainFunction,
): CallExpression {
  const { name, least, most } = plainFunctions[written];
  tokens.take();
  tokens.take();
  const operands: Expression[] = [];
  while (operands.length < least || (operands.length < most && tokens.isSymbol(","))) {
    if (operands.length > 0) {
      expectComma(tokens, operands.length + 1, written);
    }
    operands.push(expressions.parse());
  }
  tokens.expectSymbol(")", most === Number.POSITIVE_INFINITY ? "a comma or )" : ")");
  return expressions.built({ kind: "call", name, operands }, operands);
}

function expectComma(tokens: TokenStream, argument: number, written: string): void {
  tokens.expectSymbol(",", `a comma and argument ${argument} of ${written.toUpperCase()}`);
}

function parseCast(tokens: TokenStream, expressions: ExpressionSource): Expression {
  const operand = expressions.parse();
  tokens.expectWord("as", "AS and a type");
  const token = tokens.peek();
  const type =
    token.kind === "word" && Object.hasOwn(types, token.word) ? types[token.word] : undefined;
  if (type === undefined) {
    throw tokens.unexpected(`a type: ${Object.keys(types).join(", ").toUpperCase()}`);
  }
  tokens.take();
  return expressions.built({ kind: "cast", operand, type }, [operand]);
}

function parseDateCall(
  tokens: TokenStream,
  expressions: ExpressionSource,
  name: "date_add" | "date_diff",
): Expression {
  const part = findDatePart(tokens.peek());
  if (part === undefined) {
    throw tokens.unexpected("YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
  }
  tokens.take();
  expectComma(tokens, 2, name);
  const second = expressions.parse();
  expectComma(tokens, 3, name);
  const operands = [second, expressions.parse()];
  return expressions.built({ kind: "call", name, part, operands }, operands);
}

function parseExtract(tokens: TokenStream, expressions: ExpressionSource): Expression {
  const part = findExtractPart(tokens.peek());
  if (part === undefined) {
    throw tokens.unexpected(
      "YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, TIMEZONE_HOUR or TIMEZONE_MINUTE",
    );
  }
  tokens.take();
  tokens.expectWord("from", "FROM and a timestamp");
  const operands = [expressions.parse()];
  return expressions.built({ kind: "call", name: "extract", part, operands }, operands);
}

/** `SUBSTRING(s, start[, length])` and `SUBSTRING(s FROM start [FOR length])` (contract §8.25). */
function parseSubstring(tokens: TokenStream, expressions: ExpressionSource): Expression {
  const operands = [expressions.parse()];
  const inWords = tokens.takeWord("from");
  if (!inWords) {
    tokens.expectSymbol(",", "FROM, or a comma, and a start");
  }
  operands.push(expressions.parse());
  if (inWords ? tokens.takeWord("for") : tokens.takeSymbol(",")) {
    operands.push(expressions.parse());
  }
  return expressions.built({ kind: "call", name: "substring", operands }, operands);
}

/** `TRIM([[LEADING | TRAILING | BOTH] [characters] FROM] s)`. */
function parseTrim(tokens: TokenStream, expressions: ExpressionSource): Expression {
  const side = findSide(tokens.peek());
  if (side !== undefined) {
    tokens.take();
  }
  const operands: Expression[] = [];
  if (side !== undefined && tokens.takeWord("from")) {
    operands.push(expressions.parse());
  } else {
    const first = expressions.parse();
    if (side !== undefined) {
      tokens.expectWord("from", "FROM and a string");
      operands.push(expressions.parse(), first);
    } else if (tokens.takeWord("from")) {
      operands.push(expressions.parse(), first);
    } else {
      operands.push(first);
    }
  }
  const name = "trim";
  return expressions.built({ kind: "call", name, side: side ?? "both", operands }, operands);
}

function findSide(token: Token): "leading" | "trailing" | "both" | undefined {
  const word = token.kind === "word" ? token.word : undefined;
  return word === "leading" || word === "trailing" || word === "both" ? word : undefined;
}

function findDatePart(token: Token): DatePart | undefined {
  return token.kind === "word" && isDatePart(token.word) ? token.word : undefined;
}

function isDatePart(word: string): word is DatePart {
  return dateParts.has(word);
}

function findExtractPart(token: Token): ExtractPart | undefined {
  const word = token.kind === "word" ? token.word : undefined;
  return word === "timezone_hour" || word === "timezone_minute" ? word : findDatePart(token);
}
