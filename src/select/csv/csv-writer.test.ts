import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type CsvInput,
  type CsvOutput,
  DEFAULT_CSV_INPUT,
  DEFAULT_CSV_OUTPUT,
} from "./csv-options.ts";
import { CsvReader } from "./csv-reader.ts";
import { CsvWriter } from "./csv-writer.ts";
import { SelectRecordError } from "./record-error.ts";

const MIB = 1024 * 1024;
const place = { recordNumber: 7, byteOffset: 70 };

function write(
  records: readonly (readonly (string | undefined)[])[],
  options: Partial<CsvOutput> = {},
): string {
  const writer = new CsvWriter(DEFAULT_CSV_INPUT, { ...DEFAULT_CSV_OUTPUT, ...options });
  for (const record of records) {
    writer.writeRecord(record, place);
  }
  return new TextDecoder().decode(writer.take());
}

/** `archive` with every record copied. */
function copy(
  archive: string | Uint8Array,
  input: Partial<CsvInput> = {},
  output: Partial<CsvOutput> = {},
): Uint8Array {
  const bytes = typeof archive === "string" ? new TextEncoder().encode(archive) : archive;
  const reader = new CsvReader({ ...DEFAULT_CSV_INPUT, ...input });
  const writer = new CsvWriter(
    { ...DEFAULT_CSV_INPUT, ...input },
    { ...DEFAULT_CSV_OUTPUT, ...output },
  );
  for (let offset = 0; offset < bytes.length; ) {
    offset = reader.take(bytes, offset);
    while (reader.next()) {
      writer.copyRecord(reader.record);
    }
  }
  reader.end();
  while (reader.next()) {
    writer.copyRecord(reader.record);
  }
  return writer.take();
}

function copyText(...parameters: Parameters<typeof copy>): string {
  return new TextDecoder().decode(copy(...parameters));
}

describe("CsvWriter", () => {
  it("quotes what could not be read back and nothing else", () => {
    assert.equal(
      write([["a", "b,c", 'd"e', "f\ng", "h\ri", " j ", "ä'", ""]]),
      'a,"b,c","d""e","f\ng","h\ri", j ,ä\',\n',
    );
  });

  it("writes NULL, MISSING and the empty string as an empty field", () => {
    assert.equal(write([[undefined, "", undefined], [undefined]]), ",,\n\n");
  });

  it("quotes every field with ALWAYS", () => {
    assert.equal(
      write([["a", "", undefined, 'b"']], { quoteFields: "ALWAYS" }),
      '"a","","","b"""\n',
    );
    assert.equal(copyText("a,,x\n", {}, { quoteFields: "ALWAYS" }), '"a","","x"\n');
  });

  it("writes other delimiters, quotes and escapes", () => {
    const options: Partial<CsvOutput> = {
      fieldDelimiter: "|",
      quoteCharacter: "'",
      quoteEscapeCharacter: "\\",
      recordDelimiter: "¶\n",
    };
    assert.equal(write([["a,b", "c|d", "e'f\\", "g¶"]], options), "a,b|'c|d'|'e\\'f\\\\'|'g¶'¶\n");
  });

  it("copies a record without its needless quotes, in the output's dialect", () => {
    assert.equal(copyText('a,"b","c,d","e""f"\r\nx,y'), 'a,b,"c,d","e""f"\nx,y\n');
    const output: Partial<CsvOutput> = { fieldDelimiter: ";", recordDelimiter: "\r\n" };
    assert.equal(copyText("a,b;c\n", {}, output), 'a;"b;c"\r\n');
    assert.equal(copyText('5" pipe,b\n'), '"5"" pipe",b\n');
    assert.equal(copyText("a;b\nc\r\n", { recordDelimiter: "\r\n" }), '"a;b\nc"\n');
  });

  it("copies bytes that are not text unchanged", () => {
    const bytes = Uint8Array.of(0x61, 0x2c, 0xff, 0xfe, 0x0a);
    assert.deepEqual(copy(bytes), bytes);
    assert.deepEqual(copy(bytes, {}, { fieldDelimiter: ";" }).at(2), 0xff);
  });

  it("writes records of 1 MiB and refuses longer ones, naming the input record", () => {
    const half = "x".repeat(MIB / 2);
    assert.equal(write([[half, half.slice(1)]]).length, MIB + 1);
    assert.throws(
      () => write([[half, half]]),
      new SelectRecordError(
        "OverMaxRecordSize",
        "an output record may have at most 1048576 bytes",
        place,
      ),
    );
    assert.throws(
      () => copyText(`${half},${half.slice(1)}\n`, {}, { quoteFields: "ALWAYS" }),
      (error) => error instanceof SelectRecordError && error.code === "OverMaxRecordSize",
    );
  });

  it("hands out what was written once and knows how much is pending", () => {
    const writer = new CsvWriter(DEFAULT_CSV_INPUT, DEFAULT_CSV_OUTPUT);
    writer.writeRecord(["abc"], place);
    assert.equal(writer.pendingBytes, 4);
    assert.equal(new TextDecoder().decode(writer.take()), "abc\n");
    assert.equal(writer.pendingBytes, 0);
    writer.writeRecord(["xyz"], place);
    assert.equal(new TextDecoder().decode(writer.take()), "xyz\n");
  });
});

const dialects = fc.constantFrom<Partial<CsvOutput>>(
  {},
  { quoteFields: "ALWAYS" },
  { quoteEscapeCharacter: "\\" },
  { fieldDelimiter: "|", recordDelimiter: "\r\n" },
  { quoteCharacter: "'", recordDelimiter: "a;" },
);
const fields = fc
  .array(fc.constantFrom(",", '"', "\n", "\r", "\\", "a", ";", "'", "|", "ä", "😀"), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));
const tables = fc.array(
  // One empty field alone is an empty line, which readers skip.
  fc.array(fields, { minLength: 1, maxLength: 5 }).filter((record) => record.join("") !== ""),
  { maxLength: 5 },
);

describe("CsvWriter on any records", () => {
  it("writes what the reader reads back as the same records", () => {
    fc.assert(
      fc.property(tables, dialects, (records, dialect) => {
        const { quoteFields: _, ...input } = dialect;
        const again = copyText(write(records, dialect), input);
        assert.equal(again, write(records));
      }),
      { numRuns: 2000 },
    );
  });

  it("copies a record as it would write its texts", () => {
    fc.assert(
      fc.property(tables, dialects, dialects, (records, from, to) => {
        const { quoteFields: _, ...input } = from;
        assert.equal(copyText(write(records, from), input, to), write(records, to));
      }),
      { numRuns: 2000 },
    );
  });
});
