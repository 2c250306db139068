import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { compileQuery } from "../../src/select/compile-query.ts";
import { SelectRunError, selectRunErrorCodes } from "../../src/select/errors.ts";
import { functionNames } from "../../src/select/parse-call.ts";
import { EXPRESSION_NESTING_MAX } from "../../src/select/parse-expression.ts";
import { parseSelect } from "../../src/select/parse-select.ts";
import { reservedWords } from "../../src/select/reserved-words.ts";
import { LIKE_RUN_MAX_CHARACTERS } from "../../src/select/wildcard-search.ts";

const text = await readFile(new URL("../../docs/reference/select.md", import.meta.url), "utf8");

/** The part of the page under one heading. */
function sectionOf(heading: string): string {
  return text.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) ?? "";
}

/** The words between backticks in the first column of the tables of a section. */
function firstColumnOf(section: string): string[] {
  return [...section.matchAll(/^\|([^|]*)/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)/g)].map(([, word = ""]) => word),
  );
}

/** What an expression gives on one record, in the words of the page. */
function resultOf(expression: string): string {
  const sql = `SELECT ${expression}, (${expression}) IS MISSING FROM ARCHIVE`;
  const row = { columnCount: 1, column: (index: number) => ["1"][index] };
  try {
    const texts = compileQuery(parseSelect(sql), undefined, { nowMs: 0 }).project(row);
    assert.notEqual(texts, "*");
    const [value, isMissing] = texts;
    return value ?? (isMissing === "true" ? "MISSING" : "NULL");
  } catch (error) {
    assert.ok(error instanceof SelectRunError, `${sql}: ${error}`);
    return `error ${error.code}`;
  }
}

describe("docs/reference/select.md", () => {
  it("gives the result of every example", () => {
    const blocks = [...text.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, lines = ""]) => lines);
    const examples = blocks.flatMap((lines) => lines.trim().split("\n"));
    assert.ok(examples.length > 45, String(examples.length));
    for (const example of examples) {
      const [, expression = "", expected] = /^(.*?) +-- (.*)$/.exec(example) ?? [];
      assert.equal(resultOf(expression), expected, example);
    }
  });

  it("lists every function and no other", () => {
    const upper = [...sectionOf("Functions").matchAll(/^\| (`[A-Z].*?) \|/gm)];
    const names = upper.flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`([A-Z_]+)\(/g)].map(([, name = ""]) => name),
    );
    assert.deepEqual([...new Set(names)].sort(), [...functionNames]);
  });

  it("lists every failure of a running query and no other", () => {
    assert.deepEqual(firstColumnOf(sectionOf("Errors")).sort(), [...selectRunErrorCodes].sort());
  });

  it("states the limits in force", () => {
    const limits = sectionOf("Limits");
    assert.match(limits, new RegExp(`\\| ${EXPRESSION_NESTING_MAX} levels`));
    assert.match(
      limits.replaceAll(/(\d) (?=\d)/g, "$1"),
      new RegExp(`\\| ${LIKE_RUN_MAX_CHARACTERS} char`),
    );
  });

  it("lists every reserved word and no other", () => {
    const [, list = ""] = /<!-- reserved -->\n```\n([\s\S]*?)```/.exec(text) ?? [];
    assert.deepEqual(list.trim().split(/\s+/).sort(), [...reservedWords].sort());
  });
});
