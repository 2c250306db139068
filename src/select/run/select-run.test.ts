import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type CsvInput,
  type CsvOutput,
  DEFAULT_CSV_INPUT,
  DEFAULT_CSV_OUTPUT,
} from "../csv/csv-options.ts";
import { SelectRecordError } from "../csv/record-error.ts";
import { SelectRunError } from "../errors.ts";
import { parseSelect } from "../parse-select.ts";
import { createSelectRun, type SelectRun } from "./select-run.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Sides {
  readonly input?: Partial<CsvInput>;
  readonly output?: Partial<CsvOutput>;
}

function start(expression: string, { input, output }: Sides = {}): SelectRun {
  return createSelectRun({
    query: parseSelect(expression),
    input: { ...DEFAULT_CSV_INPUT, ...input },
    output: { ...DEFAULT_CSV_OUTPUT, ...output },
    nowMs: Date.UTC(2024, 1, 29, 12),
  });
}

function select(expression: string, archive: string, sides: Sides = {}): string {
  const run = start(expression, sides);
  return decoder.decode(run.push(encoder.encode(archive))) + decoder.decode(run.finish());
}

const people = "id,Name,age\n1,Ann,31\n2,Bob,7\n3,,x\n4\n";

describe("SelectRun", () => {
  it("puts out the records for which WHERE is TRUE", () => {
    assert.equal(select("SELECT * FROM ARCHIVE WHERE _2 = 'Bob'", people), "2,Bob,7\n");
    assert.equal(select("SELECT * FROM ARCHIVE WHERE _2 <> 'Bob'", people).split("\n").length, 4);
    assert.equal(select("SELECT * FROM ARCHIVE WHERE NULL", people), "");
    assert.equal(select("SELECT * FROM ARCHIVE", people), people);
  });

  it("puts out projections, and nothing for NULL and MISSING", () => {
    const query = "SELECT _3, CAST(_1 AS INT) + 1, NULL, 'a,b' FROM ARCHIVE WHERE _1 <> 'id'";
    assert.equal(select(query, people), '31,2,,"a,b"\n7,3,,"a,b"\nx,4,,"a,b"\n,5,,"a,b"\n');
  });

  it("queries by the names of the header with USE, and never puts the header out", () => {
    const sides: Sides = { input: { fileHeaderInfo: "USE" } };
    assert.equal(select("SELECT name FROM ARCHIVE WHERE ID = '1'", people, sides), "Ann\n");
    assert.equal(select("SELECT _1 FROM ARCHIVE", people, sides), "1\n2\n3\n4\n");
  });

  it("skips the header with IGNORE and takes it as data with NONE", () => {
    const ignore: Sides = { input: { fileHeaderInfo: "IGNORE" } };
    assert.equal(select("SELECT _1 FROM ARCHIVE", people, ignore), "1\n2\n3\n4\n");
    assert.equal(select("SELECT _1 FROM ARCHIVE", people), "id\n1\n2\n3\n4\n");
  });

  it("fails for a name that the header has not, also when the archive is empty", () => {
    for (const [archive, fileHeaderInfo] of [
      [people, "USE"],
      [people, "IGNORE"],
      [people, "NONE"],
      ["", "USE"],
      ["", "NONE"],
    ] as const) {
      assert.throws(
        () => select("SELECT surname FROM ARCHIVE", archive, { input: { fileHeaderInfo } }),
        (error) => error instanceof SelectRunError && error.code === "MissingHeaderName",
      );
    }
  });

  it("puts nothing out for an empty archive", () => {
    assert.equal(select("SELECT * FROM ARCHIVE", ""), "");
    assert.equal(select("SELECT * FROM ARCHIVE", "", { input: { fileHeaderInfo: "IGNORE" } }), "");
  });

  it("says in which record a query failed, and where that begins", () => {
    const run = start("SELECT * FROM ARCHIVE WHERE CAST(_3 AS INT) > 1", {
      input: { fileHeaderInfo: "IGNORE" },
    });
    assert.throws(
      () => run.push(encoder.encode(people)),
      (error) => {
        assert.ok(error instanceof SelectRecordError);
        assert.equal(error.code, "CastFailed");
        assert.equal(error.recordNumber, 4);
        assert.equal(error.byteOffset, people.indexOf("3,,x"));
        assert.match(error.message, /^record 4 \(at byte 29\): \S/);
        return true;
      },
    );
  });

  it("refuses text that is not UTF-8 where a query reads it, and copies it where not", () => {
    const bytes = Uint8Array.of(0x61, 0x2c, 0xff, 0x0a);
    assert.deepEqual(start("SELECT * FROM ARCHIVE WHERE _1 = 'a'").push(bytes), bytes);
    for (const query of ["SELECT _2 FROM ARCHIVE", "SELECT _1 FROM ARCHIVE WHERE _2 = 'x'"]) {
      assert.throws(
        () => start(query).push(bytes),
        (error) => error instanceof SelectRecordError && error.code === "InvalidTextEncoding",
      );
    }
  });

  it("refuses an output record over 1 MiB, naming the input record", () => {
    const archive = `a\n${"x".repeat(600_000)}\n`;
    assert.throws(
      () => select("SELECT _1, _1 FROM ARCHIVE", archive),
      (error) =>
        error instanceof SelectRecordError &&
        error.code === "OverMaxRecordSize" &&
        error.recordNumber === 2,
    );
  });

  it("counts what it read, matched and wrote", () => {
    const run = start("SELECT _2 FROM ARCHIVE WHERE _1 > '1'", {
      input: { fileHeaderInfo: "USE", comments: "#" },
    });
    run.push(encoder.encode(`#c\n${people}`));
    const written = run.push(encoder.encode("5,e"));
    assert.equal(written.length, 0);
    run.finish();
    const { bytesRead, recordsRead, recordsMatched, bytesWritten } = run.progress;
    assert.deepEqual(
      { bytesRead, recordsRead, recordsMatched, bytesWritten },
      { bytesRead: people.length + 6, recordsRead: 5, recordsMatched: 4, bytesWritten: 8 },
    );
  });

  it("puts out in blocks what a small chunk blows up to", () => {
    const long = "y".repeat(10_000);
    const run = start(`SELECT '${long}' FROM ARCHIVE`);
    let total = 0;
    for (const block of run.blocks(encoder.encode("x\n".repeat(1000)))) {
      assert.ok(block.length > 0 && block.length < 300_000, String(block.length));
      total += block.length;
    }
    for (const block of run.blocks()) {
      total += block.length;
    }
    assert.equal(total, 1000 * 10_001);
  });

  it("keeps back less than a block until it is asked to put it out", () => {
    const run = start("SELECT _1 FROM ARCHIVE");
    const texts = [...run.blocks(encoder.encode("a\nb\n"))].map((block) => decoder.decode(block));
    assert.deepEqual(texts, []);
    assert.equal(decoder.decode(run.flush()), "a\nb\n");
    assert.equal(run.flush().length, 0);
    const rest = [...run.blocks(encoder.encode("c\nd")), ...run.blocks()];
    assert.equal(rest.map((block) => decoder.decode(block)).join(""), "c\nd\n");
    assert.equal(run.progress.bytesWritten, 8);
  });

  it("refuses CSV options that were not checked", () => {
    assert.throws(() => start("SELECT * FROM ARCHIVE", { input: { quoteCharacter: "," } }), {
      name: "AssertionError",
    });
  });
});

const field = fc.constantFrom("", "a", "ab", "b", "B", "ä", "5", "-7", "x y", '"', ",", "\n", "\r");
const archives = fc
  .array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 12 })
  .map((rows) =>
    rows
      .map((row) =>
        row
          .map((text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
          .join(","),
      )
      .join("\n"),
  );
const literal = fc.constantFrom("''", "'a'", "'ab'", "'b'", "'ä'", "'5'", "'ab '", "'\"'");
const column = fc.constantFrom("_1", "_2", "_3", "a", '"a"', "ARCHIVE._2");
const simple = fc.oneof(
  fc
    .tuple(column, fc.constantFrom("=", "<>", "<", "<=", ">", ">="), literal)
    .map((parts) => parts.join(" ")),
  fc
    .tuple(literal, fc.constantFrom("=", "<>", "<", "<=", ">", ">="), column)
    .map((parts) => parts.join(" ")),
  fc
    .tuple(
      column,
      fc.constantFrom("LIKE", "NOT LIKE"),
      fc.constantFrom("a%", "%b", "%a%", "%", "", "ab", "_b", "a%b"),
    )
    .map(([name, like, pattern]) => `${name} ${like} '${pattern}'`),
  fc
    .tuple(
      column,
      fc.constantFrom("IN", "NOT IN"),
      fc.array(literal, { minLength: 1, maxLength: 3 }),
    )
    .map(([name, isIn, list]) => `${name} ${isIn} (${list.join(", ")})`),
  fc.constantFrom("CAST(_2 AS INT) > 3", "_3 IS MISSING", "_1 = NULL"),
);
const condition = fc
  .tuple(simple, fc.array(fc.tuple(fc.constantFrom("AND", "OR"), simple), { maxLength: 3 }))
  .map(([first, rest]) => rest.reduce((text, [word, next]) => `(${text}) ${word} ${next}`, first));

function outcome(run: () => string): string {
  try {
    return run();
  } catch (error) {
    assert.ok(error instanceof SelectRunError, String(error));
    return `${error.code}: ${error.message}`;
  }
}

describe("SelectRun on any archive", () => {
  it("puts out the same however the archive is cut into chunks", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(archives, condition, sizes, (archive, where, chunks) => {
        const query = `SELECT *  FROM ARCHIVE WHERE ${where}`;
        const sides: Sides = { input: { fileHeaderInfo: "USE" } };
        const whole = outcome(() => select(query, archive, sides));
        const cut = outcome(() => {
          const run = start(query, sides);
          const bytes = encoder.encode(archive);
          const found: Uint8Array[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = chunks[turn % chunks.length] ?? 1;
            found.push(run.push(bytes.subarray(at, at + size)));
            at += size;
          }
          return decoder.decode(Buffer.concat([...found, run.finish()]));
        });
        assert.equal(cut, whole);
      }),
      { numRuns: 1000 },
    );
  });

  it("decides on bytes what the compiled condition decides on text", () => {
    fc.assert(
      fc.property(archives, condition, fc.constantFrom("USE", "NONE"), (archive, where, header) => {
        const sides: Sides = { input: { fileHeaderInfo: header } };
        // A double NOT means the same and hides the condition from the decision on bytes. The blanks
        // keep the columns in messages equal.
        assert.equal(
          outcome(() => select(`SELECT * FROM ARCHIVE WHERE          ${where}`, archive, sides)),
          outcome(() => select(`SELECT * FROM ARCHIVE WHERE NOT NOT (${where})`, archive, sides)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("copies columns as it would write their texts", () => {
    const columns = fc.array(column, { minLength: 1, maxLength: 4 });
    const outputs = fc.constantFrom<Partial<CsvOutput>>(
      {},
      { quoteFields: "ALWAYS" },
      { fieldDelimiter: "b", quoteCharacter: "'", recordDelimiter: "~" },
    );
    fc.assert(
      fc.property(archives, columns, outputs, (archive, names, output) => {
        const sides: Sides = { input: { fileHeaderInfo: "USE" }, output };
        // COALESCE of one changes nothing in the output and hides the column.
        const written = names.map((name) => `COALESCE(${name})`);
        const texts = outcome(() => select(`SELECT ${written} FROM ARCHIVE`, archive, sides));
        const copied = outcome(() => select(`SELECT ${names} FROM ARCHIVE`, archive, sides));
        assert.equal(copied.replace(/column \d+/, ""), texts.replace(/column \d+/, ""));
      }),
      { numRuns: 1000 },
    );
  });
});
