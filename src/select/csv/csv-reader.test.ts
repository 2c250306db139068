import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type CsvInput, DEFAULT_CSV_INPUT } from "./csv-options.ts";
import { CsvReader } from "./csv-reader.ts";
import { SelectRecordError } from "./record-error.ts";

const MIB = 1024 * 1024;
const encoder = new TextEncoder();

type Fields = (string | undefined)[];

/** All records of `archive`, given to the reader in `chunks` sizes in turn; an error ends the list as its text. */
function read(
  archive: string | Uint8Array,
  options: Partial<CsvInput> = {},
  chunks: readonly number[] = [],
): (Fields | string)[] {
  const bytes = typeof archive === "string" ? encoder.encode(archive) : archive;
  const reader = new CsvReader({ ...DEFAULT_CSV_INPUT, ...options });
  const records: (Fields | string)[] = [];
  const readAll = () => {
    while (reader.next()) {
      const { record } = reader;
      records.push(Array.from({ length: record.columnCount }, (_, index) => record.column(index)));
    }
  };
  try {
    for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
      const chunk = bytes.subarray(start, start + (chunks[turn % chunks.length] ?? bytes.length));
      for (let offset = 0; offset < chunk.length; ) {
        offset = reader.take(chunk, offset);
        readAll();
      }
      start += chunk.length;
    }
    reader.end();
    readAll();
  } catch (error) {
    assert.ok(error instanceof SelectRecordError, String(error));
    records.push(`${error.code} ${error.message}`);
  }
  return records;
}

describe("CsvReader", () => {
  it("reads fields and records, the last one without delimiter", () => {
    assert.deepEqual(read("a,b,\n,,\nlast,x"), [
      ["a", "b", ""],
      ["", "", ""],
      ["last", "x"],
    ]);
  });

  it("finds nothing in an empty archive and none after the last delimiter", () => {
    assert.deepEqual(read(""), []);
    assert.deepEqual(read("a\n"), [["a"]]);
  });

  it("takes delimiters inside quotes as text and doubled quotes as one", () => {
    assert.deepEqual(read('"a,b","c\nd","e""f","",""""\n"x"'), [
      ["a,b", "c\nd", 'e"f', "", '"'],
      ["x"],
    ]);
  });

  it("takes a quote that does not begin a field as text", () => {
    assert.deepEqual(read('5" pipe,a"b"\n'), [['5" pipe', 'a"b"']]);
  });

  it("drops a carriage return before the delimiter or the end, and keeps it elsewhere", () => {
    assert.deepEqual(read('a,b\r\nc\rd,"e"\r\n"f"\r\ng\r'), [
      ["a", "b"],
      ["c\rd", "e"],
      ["f"],
      ["g"],
    ]);
  });

  it("keeps a carriage return when it delimits fields", () => {
    assert.deepEqual(read("a\rb\r\n", { fieldDelimiter: "\r" }), [["a", "b", ""]]);
  });

  it("skips empty lines but not lines with an empty quoted field", () => {
    assert.deepEqual(read('\n\r\na\n\n\r\n""\n\n'), [["a"], [""]]);
  });

  it("skips a byte order mark at the beginning only", () => {
    assert.deepEqual(read("\uFEFFa\n\uFEFFb"), [["a"], ["\uFEFFb"]]);
    assert.deepEqual(read(Uint8Array.of(0xef, 0xbb)).at(-1)?.slice(0, 19), "InvalidTextEncoding");
  });

  it("skips comments, even those with open quotes or longer than a record may be", () => {
    const long = `#${"x".repeat(2 * MIB)}`;
    const archive = `#"one\na,#b\n${long}\n#last`;
    assert.deepEqual(read(archive, { comments: "#" }), [["a", "#b"]]);
    assert.deepEqual(read("#a\n"), [["#a"]]);
  });

  it("reads other delimiters, quotes and escapes", () => {
    const options = { fieldDelimiter: "|", quoteCharacter: "'", quoteEscapeCharacter: "\\" };
    assert.deepEqual(read("a|'b\\'c'|'d\\\\'|'e\\f'|\\'\n", options), [
      ["a", "b'c", "d\\", "e\\f", "\\'"],
    ]);
  });

  it("reads record delimiters of several characters", () => {
    assert.deepEqual(read('a\rb\nc\r\n"d"\r\ne', { recordDelimiter: "\r\n" }), [
      ["a\rb\nc"],
      ["d"],
      ["e"],
    ]);
    assert.deepEqual(read('aabaaab"x"aabc', { recordDelimiter: "aab" }), [["a"], ["x"], ["c"]]);
    assert.deepEqual(read("ä¶b¶", { recordDelimiter: "¶" }), [["ä"], ["b"]]);
  });

  it("reads text of every plane and refuses a column that is not UTF-8 when asked for it", () => {
    assert.deepEqual(read("ä,漢字,😀\n"), [["ä", "漢字", "😀"]]);
    const [first, second] = read(Uint8Array.of(0x61, 0x0a, 0x62, 0x2c, 0xff, 0x0a));
    assert.deepEqual(first, ["a"]);
    assert.equal(second, "InvalidTextEncoding record 2 (at byte 2): column 2 is not UTF-8 text");
  });

  it("refuses text after a closing quote, naming record, place and column", () => {
    assert.deepEqual(read('a,b\nc,"d"e\n'), [
      ["a", "b"],
      "CSVUnescapedQuote record 2 (at byte 4): column 2 has text after its closing quote",
    ]);
    assert.match(String(read('"a"\rb\n')[0]), /^CSVUnescapedQuote record 1 /);
    assert.match(String(read('"a"\r', { recordDelimiter: "\r\n" })[0]), /^CSVUnescapedQuote/);
  });

  it("refuses a quote that is never closed", () => {
    assert.deepEqual(read('x\ny,"z\n'), [
      ["x"],
      "CSVParsingError record 2 (at byte 2): the quoted column 2 is never closed",
    ]);
  });

  it("accepts records of 1 MiB and refuses longer ones, naming the record", () => {
    const largest = "x".repeat(MIB);
    assert.deepEqual(read(`a\n${largest}\r\n${largest}`), [["a"], [largest], [largest]]);
    const refused = "record 2 (at byte 2): an input record may have at most 1048576 bytes";
    for (const archive of [`a\n${largest}x\nb`, `a\n${largest}x`, `a\n"${largest}"\n`]) {
      assert.deepEqual(read(archive), [["a"], `OverMaxRecordSize ${refused}`]);
      assert.deepEqual(read(archive, {}, [65_537]), [["a"], `OverMaxRecordSize ${refused}`]);
    }
  });

  it("accepts 1 048 576 columns and refuses one more", () => {
    const reader = new CsvReader(DEFAULT_CSV_INPUT);
    const commas = encoder.encode(",".repeat(1_048_575));
    for (let offset = 0; offset < commas.length; ) {
      offset = reader.take(commas, offset);
      assert.equal(reader.next(), false);
    }
    reader.take(encoder.encode("\n"), 0);
    assert.equal(reader.next(), true);
    assert.equal(reader.record.columnCount, 1_048_576);
    assert.match(String(read(",".repeat(1_048_576))[0]), /^OverMaxColumn record 1 /);
  });

  it("reads a record of 1 MiB from single bytes without copying it again and again", () => {
    const record = `${"y,".repeat(MIB / 4)}"${"z".repeat(MIB / 2 - 2)}"`;
    const [fields] = read(`${record}\n`, {}, [1]);
    assert.equal(fields?.length, MIB / 4 + 1);
  });
});

describe("CsvReader's buffer", () => {
  it("stays at 2 MiB, however long the archive and its comments are", () => {
    const reader = new CsvReader({ ...DEFAULT_CSV_INPUT, comments: "#" });
    const pieces = ["a,b\n".repeat(1000), `${"x".repeat(MIB)}\n`, `#${"c".repeat(3 * MIB)}\n`];
    let records = 0;
    for (let round = 0; round < 12; round += 1) {
      const chunk = encoder.encode(pieces[round % pieces.length]);
      for (let offset = 0; offset < chunk.length; ) {
        offset = reader.take(chunk, offset);
        while (reader.next()) {
          records += 1;
        }
        assert.ok(reader.record.bytes.length <= 2 * MIB);
      }
    }
    assert.equal(records, 4 * 1001);
  });
});

/** Texts made mostly of what matters to the reader. */
const csvLike = fc
  .array(fc.constantFrom(",", '"', "\n", "\r", "#", "\\", "a", "ä", "😀", "|", "xyz"), {
    maxLength: 60,
  })
  .map((parts) => parts.join(""));
const dialects = fc.constantFrom<Partial<CsvInput>>(
  {},
  { comments: "#" },
  { quoteEscapeCharacter: "\\" },
  { recordDelimiter: "\r\n" },
  { recordDelimiter: "xyzxyz", fieldDelimiter: "|" },
  { recordDelimiter: "\r", comments: "a" },
  { fieldDelimiter: "\r" },
);
const chunkSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });

describe("CsvReader on any input", () => {
  it("finds the same however texts are cut into chunks", () => {
    fc.assert(
      fc.property(csvLike, dialects, chunkSizes, (text, dialect, sizes) => {
        assert.deepEqual(read(text, dialect, sizes), read(text, dialect));
      }),
      { numRuns: 2000 },
    );
  });

  it("finds the same however random bytes are cut into chunks", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        dialects,
        chunkSizes,
        (bytes, dialect, sizes) => {
          assert.deepEqual(read(bytes, dialect, sizes), read(bytes, dialect));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("agrees with a reader that goes character by character", () => {
    fc.assert(
      fc.property(csvLike, (text) => {
        const found = read(text);
        const expected = readSlowly(text);
        if (expected === undefined) {
          assert.match(String(found.at(-1)), /^CSV(UnescapedQuote|ParsingError) /);
        } else {
          assert.deepEqual(found, expected);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

/** The default dialect again, in the plainest way; `undefined` for text that is refused. */
function readSlowly(text: string): string[][] | undefined {
  const records: string[][] = [];
  let rest = text;
  while (rest !== "") {
    const record: string[] = [];
    for (let more = true; more; ) {
      const field = /^(?:"((?:[^"]|"")*)"(?!")|((?!")[^,\n]*))(,|\r?\n|\r?$)/.exec(rest);
      if (field === null) {
        return undefined;
      }
      const [whole, quoted, plain = "", end = ""] = field;
      const stripped = end === "," ? plain : plain.replace(/\r$/, "");
      record.push(quoted === undefined ? stripped : quoted.replaceAll('""', '"'));
      rest = rest.slice(whole.length);
      more = end === ",";
      if (!more && (record.length > 1 || quoted !== undefined || stripped !== "")) {
        records.push(record);
      }
    }
  }
  return records;
}
