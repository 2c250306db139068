import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileQuery } from "./compile-query.ts";
import { SelectRunError } from "./errors.ts";
import { parseSelect } from "./parse-select.ts";

function compile(sql: string, names?: readonly string[]) {
  return compileQuery(parseSelect(sql), names, { nowMs: 1_500_000_000_123 });
}

function rowOf(...cells: string[]) {
  return { columnCount: cells.length, column: (index: number) => cells[index] };
}

describe("compileQuery", () => {
  it("tells rows as they are from projected ones", () => {
    assert.equal(compile("SELECT * FROM ARCHIVE").project(rowOf("a")), "*");
    const texts = compile("SELECT _2, NULL, _1 FROM ARCHIVE").project(rowOf("a"));
    assert.deepEqual(texts, [undefined, undefined, "a"]);
  });

  it("reads no column that the condition does not come to", () => {
    const read: number[] = [];
    const row = {
      columnCount: 3,
      column: (index: number) => {
        read.push(index);
        return "a";
      },
    };
    assert.equal(compile("SELECT * FROM ARCHIVE WHERE _2 = 'x' AND _3 = 'y'").matches(row), false);
    assert.deepEqual(read, [1]);
  });

  it("gives one instant of UTCNOW() to all rows", () => {
    const query = compile("SELECT UTCNOW() FROM ARCHIVE");
    assert.deepEqual(query.project(rowOf()), ["2017-07-14T02:40:00.123Z"]);
    assert.deepEqual(query.project(rowOf()), ["2017-07-14T02:40:00.123Z"]);
  });

  it("leaves the failure of a constant to the rows that come to it", () => {
    const query = compile("SELECT 1 / 0 FROM ARCHIVE WHERE _1 = 'x' AND 1 / 0 = 1");
    assert.equal(query.matches(rowOf("a")), false);
    for (const act of [() => query.matches(rowOf("x")), () => query.project(rowOf("a"))]) {
      assert.throws(act, (error) => error instanceof SelectRunError);
    }
  });

  it("keeps what it knows of a pattern from leaking into the next row", () => {
    const query = compile("SELECT TO_STRING(`2010T`, _2) FROM ARCHIVE WHERE 'abc' LIKE _1");
    for (const [pattern, format, matches, text] of [
      ["a%", "y", true, "2010"],
      ["b%", "yy", false, "10"],
      ["a%", "'y'", true, "y"],
    ] as const) {
      const row = rowOf(pattern, format);
      assert.equal(query.matches(row), matches);
      assert.deepEqual(query.project(row), [text]);
    }
  });

  it("resolves thousands of names in a header of thousands", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `Column${index}`);
    const query = compile(`SELECT ${names.slice(-5_000).join(", ")} FROM ARCHIVE`, names);
    const texts = query.project({ columnCount: names.length, column: (index) => String(index) });
    assert.equal(texts[0], "15000");
    assert.equal(texts[4_999], "19999");
  });

  it("gives up on long texts that are no value in time in proportion to their length", () => {
    const digits = "1".repeat(1_000_000);
    for (const type of ["BOOL", "INT", "FLOAT", "DECIMAL", "TIMESTAMP"]) {
      for (const text of [`${digits}x`, `0.${digits}x`, `2010-01-01T00:00:00.${digits}`]) {
        const query = compile(`SELECT CAST(_1 AS ${type}) FROM ARCHIVE`);
        assert.throws(
          () => query.project(rowOf(text)),
          (error) => error instanceof SelectRunError && error.code === "CastFailed",
          type,
        );
      }
    }
  });
});
