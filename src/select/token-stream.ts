/** Reads the tokens of an expression one by one, and words every syntax error. */
import { SelectSyntaxError } from "./errors.ts";
import { shorten, tokenize } from "./lexer.ts";
import { isReservedWord } from "./reserved-words.ts";
import type { Token } from "./token.ts";
import { findUnsupported } from "./unsupported.ts";

const end: Token = { kind: "end", text: "the end of the expression", line: 1, column: 1 };

/** A position within the tokens of one expression. */
export class TokenStream {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  /** The token ahead, `distance` after the next one. */
  peek(distance = 0): Token {
    return this.#tokens[this.#index + distance] ?? this.#tokens.at(-1) ?? end;
  }

  take(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** Whether the token at `distance` is the keyword `word` (lower case). */
  isWord(word: string, distance = 0): boolean {
    const token = this.peek(distance);
    return token.kind === "word" && token.word === word;
  }

  isSymbol(symbol: string, distance = 0): boolean {
    const token = this.peek(distance);
    return token.kind === "symbol" && token.text === symbol;
  }

  /** Takes the keyword `word` if it is next. */
  takeWord(word: string): boolean {
    const found = this.isWord(word);
    this.#index += found ? 1 : 0;
    return found;
  }

  takeSymbol(symbol: string): boolean {
    const found = this.isSymbol(symbol);
    this.#index += found ? 1 : 0;
    return found;
  }

  /** Takes the keyword `word`; `expected` says in words what may stand here. */
  expectWord(word: string, expected = word.toUpperCase()): void {
    if (!this.takeWord(word)) {
      throw this.unexpected(expected);
    }
  }

  expectSymbol(symbol: string, expected = symbol): void {
    if (!this.takeSymbol(symbol)) {
      throw this.unexpected(expected);
    }
  }

  /** The error of meeting `token`, by default the next one, where only `expected` may stand. */
  unexpected(expected: string, token: Token = this.peek()): SelectSyntaxError {
    const { line, column } = token;
    const note = noteOn(token);
    return new SelectSyntaxError({
      line,
      column,
      found: shorten(token.text),
      expected: note === undefined ? expected : `${expected} (${note})`,
    });
  }
}

/** Why a token that SQL knows is refused; `undefined` for one that is merely out of place. */
function noteOn(token: Token): string | undefined {
  const unsupported =
    token.kind === "word" ? findUnsupported(token.word) : findUnsupported(token.text);
  if (unsupported !== undefined && token.kind !== "literal" && token.kind !== "quoted") {
    return `${unsupported} is not supported`;
  }
  if (token.kind === "word" && isReservedWord(token.word)) {
    return `${token.text} is a reserved word; as a name, write it in double quotes`;
  }
  return undefined;
}
