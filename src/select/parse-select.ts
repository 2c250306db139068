/** The statement: SELECT … FROM ARCHIVE … WHERE … (contract §4.7, guide: SELECT Command). */
import type { Expression, Identifier, Projection, SelectQuery } from "./ast.ts";
import { ExpressionParser } from "./parse-expression.ts";
import { isReservedWord } from "./reserved-words.ts";
import type { Token } from "./token.ts";
import { TokenStream } from "./token-stream.ts";

/**
 * The query that `expression` is. Takes time in proportion to its length; that this is at most 128 000
 * characters is the caller's to check. Throws `SelectSyntaxError` for anything else, naming clauses and
 * functions that SQL has and this dialect has not.
 */
export function parseSelect(expression: string): SelectQuery {
  const tokens = new TokenStream(expression);
  const expressions = new ExpressionParser(tokens);
  tokens.expectWord("select");
  const projection = parseProjections(tokens, expressions);
  const alias = parseFrom(tokens, projection === "*" ? "FROM" : "a comma or FROM");
  const where = tokens.takeWord("where") ? expressions.parse() : undefined;
  if (tokens.peek().kind !== "end") {
    const expected = where === undefined ? "WHERE or the end of" : "an operator or the end of";
    throw tokens.unexpected(`${expected} the expression`);
  }
  checkQualifiers(tokens, expressions.qualifiers, alias);
  return { projection, where };
}

function parseProjections(
  tokens: TokenStream,
  expressions: ExpressionParser,
): "*" | readonly Projection[] {
  if (tokens.takeSymbol("*")) {
    return "*";
  }
  const projections: Projection[] = [];
  do {
    if (tokens.isSymbol("*")) {
      throw tokens.unexpected("a projection: * stands alone, as in SELECT * FROM ARCHIVE");
    }
    const expression: Expression = expressions.parse();
    projections.push({ expression, alias: parseAlias(tokens) });
  } while (tokens.takeSymbol(","));
  return projections;
}

/** The table's alias, else its own name: what may stand before the point of a column. */
function parseFrom(tokens: TokenStream, expected: string): Identifier {
  tokens.expectWord("from", expected);
  const table = tokens.take();
  if (table.kind !== "word" || (table.word !== "archive" && table.word !== "object")) {
    const isS3Object = table.kind === "word" && table.word === "s3object";
    const note = isS3Object ? " (S3Object belongs to S3 Select)" : "";
    throw tokens.unexpected(`ARCHIVE or OBJECT${note}`, table);
  }
  const alias = parseAlias(tokens);
  if (tokens.isSymbol(",")) {
    throw tokens.unexpected("WHERE or the end of the expression (a join is not supported)");
  }
  return alias ?? { name: table.word, quoted: false };
}

/** `AS alias` or `alias`; `undefined` when the next token is neither. */
function parseAlias(tokens: TokenStream): Identifier | undefined {
  const required = tokens.takeWord("as");
  const token = tokens.peek();
  if (token.kind === "quoted" || (token.kind === "word" && !isReservedWord(token.word))) {
    tokens.take();
    return identifierOf(token);
  }
  if (required) {
    throw tokens.unexpected("an alias");
  }
  return undefined;
}

/** The name of an identifier token, as written. */
export function identifierOf(token: Token): Identifier {
  return token.kind === "quoted"
    ? { name: token.word, quoted: true }
    : { name: token.text, quoted: false };
}

function checkQualifiers(
  tokens: TokenStream,
  qualifiers: readonly Token[],
  alias: Identifier,
): void {
  for (const qualifier of qualifiers) {
    const { name, quoted } = identifierOf(qualifier);
    const matches =
      quoted && alias.quoted
        ? name === alias.name
        : name.toLowerCase() === alias.name.toLowerCase();
    if (!matches) {
      throw tokens.unexpected(`the table's alias, ${alias.name}`, qualifier);
    }
  }
}
