/** From the text of an expression to its tokens, in one pass. */
import { SelectSyntaxError, type SourcePosition } from "./errors.ts";
import { findIntegerLiteral, minimumMagnitude } from "./integer.ts";
import { DECIMAL_DIGITS_MAX, findDecimal } from "./sql-decimal.ts";
import { findTimestamp } from "./sql-timestamp.ts";
import type { Token } from "./token.ts";
import { SqlFloat, type SqlValue } from "./value.ts";

const blank = /(?:[ \t\r\n\f\v]+|--[^\r\n]*|\/\*[\s\S]*?\*\/)/y;
const wordForm = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const numberForm = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const symbolForm = /<>|<=|>=|!=|\|\||[-+*/%=<>(),.]/y;
const wordStart = /[\p{L}\p{N}_$]/uy;

/**
 * The tokens of `text`, ending with one of kind `end`. White space, comments from `--` to the end of
 * the line and block comments separate tokens. Throws `SelectSyntaxError` for a string, name, timestamp
 * or comment without end and for a number or timestamp that is none.
 */
export function tokenize(text: string): readonly Token[] {
  const reader = new TokenReader(text);
  const tokens: Token[] = [];
  for (;;) {
    const token = reader.next();
    tokens.push(token);
    if (token.kind === "end") {
      return tokens;
    }
  }
}

class TokenReader {
  readonly #text: string;
  #offset = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token {
    this.#skipBlanks();
    const position = this.#position();
    const character = this.#text[this.#offset];
    if (character === undefined) {
      return { kind: "end", text: "the end of the expression", ...position };
    }
    if (character === "'") {
      const text = this.#takeDelimited("'", "a string", position);
      return { kind: "literal", text, value: unquote(text), ...position };
    }
    if (character === '"') {
      const text = this.#takeDelimited('"', "a quoted name", position);
      return { kind: "quoted", text, word: unquote(text), ...position };
    }
    if (character === "`") {
      return this.#takeTimestamp(position);
    }
    return (
      this.#takeWord(position) ??
      this.#takeNumber(position) ??
      this.#takeSymbol(position) ??
      this.#takeUnknown(position)
    );
  }

  #position(): SourcePosition {
    return { line: this.#line, column: this.#offset - this.#lineStart + 1 };
  }

  #skipBlanks(): void {
    for (let blanks = this.#match(blank); blanks !== undefined; blanks = this.#match(blank)) {
      this.#advance(blanks);
    }
    if (this.#text.startsWith("/*", this.#offset)) {
      throw new SelectSyntaxError({
        ...this.#position(),
        found: "a comment without end",
        expected: "*/ after it",
      });
    }
  }

  /** Moves past `piece`, counting the lines within it. */
  #advance(piece: string): void {
    for (const { index, 0: lineBreak } of piece.matchAll(/\r\n|\r|\n/g)) {
      this.#line += 1;
      this.#lineStart = this.#offset + index + lineBreak.length;
    }
    this.#offset += piece.length;
  }

  #match(form: RegExp): string | undefined {
    form.lastIndex = this.#offset;
    return form.exec(this.#text)?.[0];
  }

  /** A piece between two `quote`s, in which a doubled quote stands for one. */
  #takeDelimited(quote: string, what: string, position: SourcePosition): string {
    let end = this.#text.indexOf(quote, this.#offset + 1);
    while (end !== -1 && this.#text[end + 1] === quote) {
      end = this.#text.indexOf(quote, end + 2);
    }
    if (end === -1) {
      const expected = `a closing ${quote}`;
      throw new SelectSyntaxError({ ...position, found: `${what} without end`, expected });
    }
    const piece = this.#text.slice(this.#offset, end + 1);
    this.#advance(piece);
    return piece;
  }

  #takeTimestamp(position: SourcePosition): Token {
    const text = this.#takeDelimited("`", "a timestamp", position);
    const value = findTimestamp(text.slice(1, -1));
    if (value === undefined) {
      throw new SelectSyntaxError({
        ...position,
        found: shorten(text),
        expected: "a timestamp such as `2010-02T`, `2010-02-03` or `2010-02-03T04:05:06.7Z`",
      });
    }
    return { kind: "literal", text, value, ...position };
  }

  #takeWord(position: SourcePosition): Token | undefined {
    const text = this.#match(wordForm);
    if (text === undefined) {
      return undefined;
    }
    this.#offset += text.length;
    return { kind: "word", text, word: text.toLowerCase(), ...position };
  }

  #takeNumber(position: SourcePosition): Token | undefined {
    const text = this.#match(numberForm);
    if (text === undefined) {
      return undefined;
    }
    this.#offset += text.length;
    const rest = this.#match(wordStart);
    if (rest !== undefined) {
      const found = shorten(text + rest);
      throw new SelectSyntaxError({ ...position, found, expected: "a number or a name" });
    }
    if (text.replace(/^0+/, "") === minimumMagnitude) {
      return { kind: "minimum", text, ...position };
    }
    return { kind: "literal", text, value: numberOf(text, position), ...position };
  }

  #takeSymbol(position: SourcePosition): Token | undefined {
    const text = this.#match(symbolForm);
    if (text === undefined) {
      return undefined;
    }
    this.#offset += text.length;
    return { kind: "symbol", text, ...position };
  }

  #takeUnknown(position: SourcePosition): Token {
    const text = String.fromCodePoint(this.#text.codePointAt(this.#offset) ?? 0);
    this.#offset += text.length;
    return { kind: "unknown", text, ...position };
  }
}

/** The content of a piece in quotes. */
function unquote(piece: string): string {
  const quote = piece.charAt(0);
  return piece.slice(1, -1).replaceAll(quote + quote, quote);
}

function numberOf(text: string, position: SourcePosition): SqlValue {
  if (/[eE]/.test(text)) {
    const value = Number(text);
    if (Number.isFinite(value)) {
      return new SqlFloat(value);
    }
    const expected = "a float within ±1.8e308";
    throw new SelectSyntaxError({ ...position, found: shorten(text), expected });
  }
  const value = text.includes(".") ? findDecimal(text) : findIntegerLiteral(text);
  if (value === undefined) {
    const expected = text.includes(".")
      ? `a decimal of at most ${DECIMAL_DIGITS_MAX} digits`
      : "an int from -9223372036854775808 to 9223372036854775807";
    throw new SelectSyntaxError({ ...position, found: shorten(text), expected });
  }
  return value;
}

/** `text` as it is shown in a message. */
export function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}
