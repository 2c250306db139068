import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Expression } from "./ast.ts";
import { compileQuery } from "./compile-query.ts";
import { SelectRunError, SelectSyntaxError } from "./errors.ts";
import { functionNames } from "./parse-call.ts";
import { EXPRESSION_NESTING_MAX } from "./parse-expression.ts";
import { parseSelect } from "./parse-select.ts";
import { isReservedWord } from "./reserved-words.ts";
import { sqlCases } from "./testing/sql-cases.ts";

/** The WHERE condition of a query with that condition. */
function parseCondition(text: string): Expression | undefined {
  return parseSelect(`SELECT * FROM ARCHIVE WHERE ${text}`).where;
}

function refusalOf(text: string): SelectSyntaxError {
  try {
    parseSelect(text);
  } catch (error) {
    assert.ok(error instanceof SelectSyntaxError, String(error));
    return error;
  }
  assert.fail(`accepted: ${text.slice(0, 100)}`);
}

const row = { columnCount: 2, column: (index: number) => ["1", "a"][index] };

/** Parses `text` and, if it is a query, runs it on a row; no failure but the two named ones may come. */
function run(text: string): void {
  try {
    const query = compileQuery(parseSelect(text), ["a", "b"], { nowMs: 0 });
    query.matches(row);
    query.project(row);
  } catch (error) {
    const named = error instanceof SelectSyntaxError || error instanceof SelectRunError;
    assert.ok(named, `${text}\n${error instanceof Error ? error.stack : error}`);
  }
}

describe("parseSelect", () => {
  it("keeps a comparison of a column with a string as such", () => {
    assert.deepEqual(parseCondition("_2 = 'x'"), {
      kind: "comparison",
      operator: "=",
      left: {
        kind: "column",
        identifier: { name: "_2", quoted: false },
        position: { line: 1, column: 29 },
      },
      right: { kind: "literal", value: "x" },
    });
  });

  it("flattens a chain of AND and keeps OR around it", () => {
    const condition = parseCondition("TRUE AND FALSE AND NULL OR TRUE");
    assert.ok(condition?.kind === "or" && condition.operands[0]?.kind === "and");
    assert.equal(condition.operands[0].operands.length, 3);
  });

  it("groups = from the right and < from the left", () => {
    const equality = parseCondition("1 = 2 = 3");
    assert.ok(equality?.kind === "comparison" && equality.right.kind === "comparison");
    const order = parseCondition("1 < 2 < 3");
    assert.ok(order?.kind === "comparison" && order.left.kind === "comparison");
  });

  it("words every refusal as found and expected, with its place", () => {
    const refusal = refusalOf("SELECT * FROM ARCHIVE LIMIT 5");
    assert.equal(
      refusal.message,
      "ParseException: line 1, column 23: found LIMIT, expected WHERE or the end of the expression " +
        "(LIMIT is not supported)",
    );
    const { line, column, found, expected } = refusal;
    assert.deepEqual(
      { line, column, found, expected },
      {
        line: 1,
        column: 23,
        found: "LIMIT",
        expected: "WHERE or the end of the expression (LIMIT is not supported)",
      },
    );
  });

  it("refuses each reserved word as a column and takes it in double quotes", () => {
    for (const word of ["select", "value", "date", "zone", "absolute", "end", "sqlstate"]) {
      assert.ok(isReservedWord(word.toUpperCase()), word);
      assert.match(refusalOf(`SELECT s.${word} FROM ARCHIVE s`).message, /reserved word|supported/);
      assert.doesNotThrow(() => parseSelect(`SELECT s."${word}" FROM ARCHIVE s`));
    }
  });

  it("takes every function name that it lists", () => {
    for (const name of functionNames) {
      assert.doesNotMatch(refusalOf(`SELECT ${name}(`).message, /unknown function/);
    }
  });

  it("takes nesting up to the bound and names the bound beyond it", () => {
    const nested = (depth: number) =>
      `SELECT ${"(".repeat(depth)}1${")".repeat(depth)} FROM ARCHIVE`;
    run(nested(EXPRESSION_NESTING_MAX - 1));
    assert.match(
      refusalOf(nested(EXPRESSION_NESTING_MAX)).message,
      /at most 256 levels of nesting/,
    );
    const chain = (length: number) => `SELECT 1${" + 1".repeat(length)} FROM ARCHIVE`;
    assert.doesNotThrow(() => parseSelect(chain(EXPRESSION_NESTING_MAX - 1)));
    assert.match(refusalOf(chain(EXPRESSION_NESTING_MAX)).message, /at most 256 levels of nesting/);
  });

  it("answers every way of nesting without end with a syntax error", () => {
    const pieces = ["(", "- ", "NOT ", "1 = ", "1 IN (", "LOWER(", "TRIM(BOTH ", "CAST(", "1 < (-"];
    for (const piece of pieces) {
      assert.match(refusalOf(`SELECT ${piece.repeat(2_000)}`).message, /levels of nesting/, piece);
    }
    for (const piece of [" + 1", " = 1", " IS NULL", " < 1", " LIKE 'a'", " BETWEEN 1 AND 2"]) {
      const text = `SELECT 1${piece.repeat(1_000)} FROM ARCHIVE`;
      assert.match(refusalOf(text).message, /levels of nesting/, piece);
    }
    const stepped = `SELECT ${`(${"1+".repeat(200)}`.repeat(200)}1`;
    assert.match(refusalOf(stepped).message, /levels of nesting/);
  });

  it("takes chains of AND and OR and lists as long as an expression may be", () => {
    run(`SELECT * FROM ARCHIVE WHERE a = '1'${" OR a = '1'".repeat(11_000)}`);
    run(`SELECT * FROM ARCHIVE WHERE a IN ('1'${",'2'".repeat(31_000)})`);
    run(`SELECT _1${",_1".repeat(40_000)} FROM ARCHIVE`);
  });

  it("meets random tokens with nothing but syntax errors and run failures", () => {
    const words = [..."()+-*/%=<>,._`'\"", "<>", "||", "SELECT", "FROM", "ARCHIVE", "WHERE", "AS"];
    const more = ["NOT", "IN", "BETWEEN", "LIKE", "ESCAPE", "IS", "NULL", "MISSING", "AND", "OR"];
    const last = [
      "a",
      "_1",
      "1",
      "1.5",
      "1e3",
      "'x'",
      "`2010T`",
      "year",
      "INT",
      "FOR",
      "BOTH",
      "--",
    ];
    const token = fc.constantFrom(...words, ...more, ...last, ...functionNames, "\n", "\u{1f600}");
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        run(tokens.join(" "));
        run(`SELECT ${tokens.join(" ")} FROM ARCHIVE`);
        run(`SELECT * FROM ARCHIVE WHERE ${tokens.join("")}`);
      }),
      { numRuns: 500 },
    );
  });

  it("meets random text with nothing but syntax errors", () => {
    const unit = fc.oneof(fc.nat(0xffff), fc.nat(0x7f)).map((code) => String.fromCharCode(code));
    fc.assert(fc.property(fc.string({ unit, maxLength: 100 }), run), { numRuns: 1_000 });
  });

  it("meets mutated queries with nothing but syntax errors and run failures", () => {
    const valid = Object.values(sqlCases).flatMap((cases) => cases.map(({ sql }) => sql));
    const text = fc.constantFrom(...valid);
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const mutation = fc.tuple(share, fc.nat(8), text, share, fc.nat(12));
    fc.assert(
      fc.property(text, fc.array(mutation, { minLength: 1, maxLength: 4 }), (start, mutations) => {
        let mutated = start;
        for (const [at, removed, donor, from, length] of mutations) {
          const index = Math.floor(at * mutated.length);
          const source = Math.floor(from * donor.length);
          const graft = donor.slice(source, source + length);
          mutated = mutated.slice(0, index) + graft + mutated.slice(index + removed);
        }
        run(mutated);
      }),
      { numRuns: 3_000 },
    );
  });
});
