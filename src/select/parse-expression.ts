/** Expressions, by precedence climbing (contract §4.7, guide: Operator Precedence). */
import type {
  ArithmeticOperator,
  ComparisonOperator,
  Expression,
  LiteralExpression,
} from "./ast.ts";
import { SelectSyntaxError } from "./errors.ts";
import { smallestInteger } from "./integer.ts";
import { shorten } from "./lexer.ts";
import { type ExpressionSource, parseCall } from "./parse-call.ts";
import { checkLikeLiterals } from "./parse-like.ts";
import { isReservedWord } from "./reserved-words.ts";
import type { Token } from "./token.ts";
import type { TokenStream } from "./token-stream.ts";

/** How deep expressions may nest: parentheses, functions, and chains of operators other than AND, OR. */
export const EXPRESSION_NESTING_MAX = 256;

/**
 * Binding strength of operators, as the guide's table orders them: `=` binds looser than `<`. IS, which
 * the table lacks, stands beside `=`; `<>` and `!=` stand with `<`.
 */
const levels = {
  or: 1,
  and: 2,
  not: 3,
  "=": 4,
  is: 4,
  "<": 5,
  ">": 5,
  "<=": 5,
  ">=": 5,
  "<>": 5,
  "!=": 5,
  like: 6,
  between: 7,
  in: 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
} as const;

type Operator = keyof typeof levels;

const unaryLevel = 11;

const constants: Readonly<Record<string, LiteralExpression>> = {
  true: { kind: "literal", value: true },
  false: { kind: "literal", value: false },
  null: { kind: "literal", value: null },
  missing: { kind: "literal", value: undefined },
};

/** Parses the expressions of one query. */
export class ExpressionParser implements ExpressionSource {
  /** Table names and aliases met before a point, to be checked once FROM is known. */
  readonly qualifiers: Token[] = [];
  readonly #tokens: TokenStream;
  /** Height of the trees built so far; absent: 1. */
  readonly #heights = new Map<Expression, number>();
  #nesting = 0;

  constructor(tokens: TokenStream) {
    this.#tokens = tokens;
  }

  /** An expression of operators that bind at least as strongly as `level`; by default any. */
  parse(level: number = levels.or): Expression {
    this.#nesting += 1;
    this.#checkNesting(this.#nesting);
    let left = this.#parsePrefix(level);
    for (let operator = this.#peekOperator(); operator !== undefined; ) {
      if (levels[operator] < level) {
        break;
      }
      left = this.#parseOperator(left, operator);
      operator = this.#peekOperator();
    }
    this.#nesting -= 1;
    return left;
  }

  /** Notes the height of a new tree above `parts`, and returns it. */
  built<T extends Expression>(tree: T, parts: readonly Expression[]): T {
    let height = 1;
    for (const part of parts) {
      height = Math.max(height, 1 + (this.#heights.get(part) ?? 1));
    }
    this.#checkNesting(height);
    this.#heights.set(tree, height);
    return tree;
  }

  #checkNesting(depth: number): void {
    if (depth > EXPRESSION_NESTING_MAX) {
      const { line, column, text } = this.#tokens.peek();
      const expected = `at most ${EXPRESSION_NESTING_MAX} levels of nesting before it`;
      throw new SelectSyntaxError({ line, column, found: shorten(text), expected });
    }
  }

  #parsePrefix(level: number): Expression {
    if (this.#tokens.isWord("not") && level <= levels.not) {
      this.#tokens.take();
      const operand = this.parse(levels.not);
      return this.built({ kind: "not", operand }, [operand]);
    }
    if (!this.#tokens.takeSymbol("-")) {
      return this.#parsePrimary();
    }
    const next = this.#tokens.peek();
    if (next.kind === "minimum") {
      this.#tokens.take();
      return { kind: "literal", value: smallestInteger };
    }
    const operand = this.parse(unaryLevel);
    return this.built({ kind: "negate", operand }, [operand]);
  }

  /** The infix operator that is next; for `NOT IN` and the like, the one after NOT. */
  #peekOperator(): Operator | undefined {
    const distance = this.#tokens.isWord("not") ? 1 : 0;
    const token = this.#tokens.peek(distance);
    if (token.kind === "word") {
      const { word } = token;
      const negatable = word === "in" || word === "between" || word === "like";
      const plain = word === "and" || word === "or" || word === "is";
      return negatable || (plain && distance === 0) ? word : undefined;
    }
    return token.kind === "symbol" && distance === 0 && isOperator(token.text)
      ? token.text
      : undefined;
  }

  #parseOperator(left: Expression, operator: Operator): Expression {
    switch (operator) {
      case "and":
      case "or":
        return this.#parseLogical(left, operator);
      case "is":
        return this.#parseIs(left);
      case "in":
        return this.#parseIn(left);
      case "between":
        return this.#parseBetween(left);
      case "like":
        return this.#parseLike(left);
      case "not":
        throw this.#tokens.unexpected("an operator");
      default:
        return this.#parseBinary(left, operator);
    }
  }

  #parseLogical(first: Expression, kind: "and" | "or"): Expression {
    const operands = [first];
    while (this.#tokens.takeWord(kind)) {
      operands.push(this.parse(levels[kind] + 1));
    }
    return this.built({ kind, operands }, operands);
  }

  #parseBinary(
    left: Expression,
    written: ArithmeticOperator | ComparisonOperator | "!=",
  ): Expression {
    this.#tokens.take();
    // `=` groups from the right, every other operator from the left (guide: Operator Precedence).
    const right = this.parse(levels[written] + (written === "=" ? 0 : 1));
    const operator = written === "!=" ? "<>" : written;
    switch (operator) {
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
        return this.built({ kind: "arithmetic", operator, left, right }, [left, right]);
      default:
        return this.built({ kind: "comparison", operator, left, right }, [left, right]);
    }
  }

  #parseIs(operand: Expression): Expression {
    this.#tokens.take();
    const negated = this.#tokens.takeWord("not");
    const token = this.#tokens.peek();
    if (token.kind !== "word" || (token.word !== "null" && token.word !== "missing")) {
      throw this.#tokens.unexpected(negated ? "NULL or MISSING" : "NULL, MISSING or NOT");
    }
    this.#tokens.take();
    return this.built({ kind: "is", negated, operand, what: token.word }, [operand]);
  }

  #parseIn(operand: Expression): Expression {
    const negated = this.#tokens.takeWord("not");
    this.#tokens.take();
    this.#tokens.expectSymbol("(", "a list in parentheses");
    const choices = [this.parse()];
    while (this.#tokens.takeSymbol(",")) {
      choices.push(this.parse());
    }
    this.#tokens.expectSymbol(")", "a comma or )");
    return this.built({ kind: "in", negated, operand, choices }, [operand, ...choices]);
  }

  #parseBetween(operand: Expression): Expression {
    const negated = this.#tokens.takeWord("not");
    this.#tokens.take();
    const low = this.parse(levels.between + 1);
    this.#tokens.expectWord("and", "AND and the upper bound of BETWEEN");
    const high = this.parse(levels.between + 1);
    return this.built({ kind: "between", negated, operand, low, high }, [operand, low, high]);
  }

  #parseLike(operand: Expression): Expression {
    const negated = this.#tokens.takeWord("not");
    this.#tokens.take();
    const patternToken = this.#tokens.peek();
    const pattern = this.parse(levels.like + 1);
    const hasEscape = this.#tokens.takeWord("escape");
    const escapeToken = this.#tokens.peek();
    const escaping = hasEscape ? this.parse(levels.like + 1) : undefined;
    const like = { kind: "like", negated, operand, pattern, escape: escaping } as const;
    checkLikeLiterals(like, { patternToken, escapeToken });
    return this.built(like, [operand, pattern, escaping ?? pattern]);
  }

  #parsePrimary(): Expression {
    const token = this.#tokens.peek();
    if (token.kind === "literal") {
      this.#tokens.take();
      return { kind: "literal", value: token.value };
    }
    if (this.#tokens.takeSymbol("(")) {
      const inner = this.parse();
      this.#tokens.expectSymbol(")", "an operator or )");
      return inner;
    }
    if (token.kind === "quoted") {
      return this.#parseColumn();
    }
    if (token.kind !== "word") {
      throw this.#tokens.unexpected("an expression");
    }
    const constant = Object.hasOwn(constants, token.word) ? constants[token.word] : undefined;
    if (constant !== undefined) {
      this.#tokens.take();
      return constant;
    }
    return parseCall(this.#tokens, this) ?? this.#parseColumn();
  }

  /** `name` or `alias.name`, each quoted or not. */
  #parseColumn(): Expression {
    const token = this.#takeName("an expression");
    if (!this.#tokens.takeSymbol(".")) {
      return columnOf(token);
    }
    this.qualifiers.push(token);
    const column = this.#takeName("a column's name or position");
    if (this.#tokens.isSymbol(".")) {
      throw this.#tokens.unexpected("an operator: a column is written as name or alias.name");
    }
    return columnOf(column);
  }

  #takeName(expected: string): Token & { readonly kind: "word" | "quoted" } {
    const token = this.#tokens.peek();
    if (token.kind === "quoted" || (token.kind === "word" && !isReservedWord(token.word))) {
      this.#tokens.take();
      return token;
    }
    throw this.#tokens.unexpected(expected);
  }
}

function columnOf(token: Token & { readonly kind: "word" | "quoted" }): Expression {
  const { line, column } = token;
  const quoted = token.kind === "quoted";
  const identifier = { name: quoted ? token.word : token.text, quoted };
  return { kind: "column", identifier, position: { line, column } };
}

function isOperator(text: string): text is Exclude<Operator, "and" | "or" | "not" | "is"> {
  return Object.hasOwn(levels, text);
}
