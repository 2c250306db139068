import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  DEFAULT_CSV_INPUT,
  DEFAULT_CSV_OUTPUT,
  findCsvProblem,
  findFileHeaderInfo,
  findQuoteFields,
} from "./csv-options.ts";

describe("CSV options", () => {
  it("have defaults without problems", () => {
    assert.equal(findCsvProblem(DEFAULT_CSV_INPUT), undefined);
    assert.equal(findCsvProblem(DEFAULT_CSV_OUTPUT), undefined);
  });

  it("name enum values in any case", () => {
    assert.equal(findFileHeaderInfo("Use"), "USE");
    assert.equal(findFileHeaderInfo("ignore"), "IGNORE");
    assert.equal(findFileHeaderInfo("NONE"), "NONE");
    assert.equal(findFileHeaderInfo("yes"), undefined);
    assert.equal(findQuoteFields("always"), "ALWAYS");
    assert.equal(findQuoteFields("AsNeeded"), "ASNEEDED");
    assert.equal(findQuoteFields(""), undefined);
  });

  it("accept several record delimiter characters and the escape as quote", () => {
    const options = { ...DEFAULT_CSV_INPUT, recordDelimiter: "\r\n", comments: "#" };
    assert.equal(findCsvProblem(options), undefined);
    assert.equal(findCsvProblem({ ...options, quoteEscapeCharacter: "\\" }), undefined);
  });

  const refused: [Partial<typeof DEFAULT_CSV_INPUT>, string][] = [
    [{ fieldDelimiter: "" }, 'FieldDelimiter must be one of \\n, \\r, ASCII 32 to 126; got ""'],
    [{ fieldDelimiter: "ä" }, 'FieldDelimiter must be one of \\n, \\r, ASCII 32 to 126; got "ä"'],
    [{ recordDelimiter: "" }, 'RecordDelimiter must be 1 to 16 characters; got ""'],
    [{ quoteCharacter: "''" }, "QuoteCharacter must be one ASCII character; got \"''\""],
    [{ quoteEscapeCharacter: "é" }, 'QuoteEscapeCharacter must be one ASCII character; got "é"'],
    [{ comments: "//" }, 'Comments must be one ASCII character; got "//"'],
    [
      { quoteCharacter: "," },
      'QuoteCharacter and FieldDelimiter must not share a character; got "," and ","',
    ],
    [
      { recordDelimiter: ",\n" },
      'FieldDelimiter and RecordDelimiter must not share a character; got "," and ",\\n"',
    ],
    [
      { comments: '"' },
      'Comments and QuoteCharacter must not share a character; got "\\"" and "\\""',
    ],
    [
      { quoteEscapeCharacter: "\n" },
      'QuoteEscapeCharacter and RecordDelimiter must not share a character; got "\\n" and "\\n"',
    ],
  ];
  for (const [options, problem] of refused) {
    it(`are refused with ${JSON.stringify(options)}`, () => {
      assert.equal(findCsvProblem({ ...DEFAULT_CSV_INPUT, ...options }), problem);
    });
  }
});
