import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileQuery } from "./compile-query.ts";
import { SelectRunError, SelectSyntaxError } from "./errors.ts";
import { parseSelect } from "./parse-select.ts";
import { caseNowMs, type SqlCase, type SqlOutcome } from "./testing/sql-case.ts";
import { sqlCases } from "./testing/sql-cases.ts";

/** What the query makes of its archive, in the form of an expectation. */
function outcomeOf({ sql, header, rows }: SqlCase): SqlOutcome {
  try {
    const query = compileQuery(parseSelect(sql), header, { nowMs: caseNowMs });
    const records = rows
      .map((cells) => ({ cells, columnCount: cells.length, column: (at: number) => cells[at] }))
      .filter((row) => query.matches(row))
      .map((row) => {
        const texts = query.project(row);
        return texts === "*" ? row.cells : texts.map((text) => text ?? "");
      });
    return { kind: "records", records };
  } catch (error) {
    if (error instanceof SelectRunError) {
      return { kind: "failure", code: error.code, message: error.message };
    }
    assert.ok(error instanceof SelectSyntaxError, String(error));
    const { line, column, found, message } = error;
    return { kind: "refusal", line, column, found, message };
  }
}

function check(sqlCase: SqlCase): void {
  const actual = outcomeOf(sqlCase);
  const { expected } = sqlCase;
  if (expected.kind === "records" || actual.kind === "records") {
    assert.deepEqual(actual, expected, sqlCase.sql);
  } else {
    assert.ok(
      actual.message.includes(expected.message),
      `${sqlCase.sql}\n${actual.message}\nlacks: ${expected.message}`,
    );
    assert.deepEqual({ ...actual, message: "" }, { ...expected, message: "" }, sqlCase.sql);
  }
}

describe("the table of SQL cases", () => {
  for (const [name, cases] of Object.entries(sqlCases)) {
    it(`holds for ${name} (${cases.length} cases)`, () => {
      const problems: string[] = [];
      for (const sqlCase of cases) {
        try {
          check(sqlCase);
        } catch (error) {
          problems.push(String(error));
        }
      }
      assert.equal(problems.length, 0, problems.join("\n\n"));
    });
  }

  it("has more than 300 cases, none of them twice", () => {
    const texts = Object.values(sqlCases)
      .flat()
      .map(({ sql, header, rows }) => JSON.stringify([sql, header, rows]));
    assert.ok(texts.length > 300, String(texts.length));
    assert.deepEqual(
      texts.filter((text, index) => texts.indexOf(text) !== index),
      [],
    );
  });
});
