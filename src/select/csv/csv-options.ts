/**
 * How the CSV of a select job is read and written (API reference, CSVInput and CSVOutput; contract §4.7).
 * Delimiters are text; the reader and the writer work on its UTF-8 bytes.
 */

/** What the first record of an archive is: data, names to query by, or a line to skip. */
export type FileHeaderInfo = "NONE" | "USE" | "IGNORE";

/** Whether output fields are quoted always, or only where reading them back demands it. */
export type QuoteFields = "ALWAYS" | "ASNEEDED";

/** The four separators that input and output have in common. */
export interface CsvDialect {
  readonly fieldDelimiter: string;
  /** One character, or several such as `\r\n`. With `\n`, a `\r` before it belongs to the delimiter. */
  readonly recordDelimiter: string;
  readonly quoteCharacter: string;
  /** Stands before a quote inside a quoted field; the quote itself means that it is doubled. */
  readonly quoteEscapeCharacter: string;
}

/** What `findCsvProblem` looks at: an input or an output. */
export interface CsvCharacters extends CsvDialect {
  readonly comments?: string;
}

export interface CsvInput extends CsvDialect {
  readonly fileHeaderInfo: FileHeaderInfo;
  /** Rows that start with this character are skipped. */
  readonly comments?: string;
}

export interface CsvOutput extends CsvDialect {
  readonly quoteFields: QuoteFields;
}

/** The input of a job that says nothing about it. */
export const DEFAULT_CSV_INPUT: CsvInput = {
  fieldDelimiter: ",",
  recordDelimiter: "\n",
  quoteCharacter: '"',
  quoteEscapeCharacter: '"',
  fileHeaderInfo: "NONE",
};

/** The output of a job that says nothing about it. */
export const DEFAULT_CSV_OUTPUT: CsvOutput = {
  fieldDelimiter: ",",
  recordDelimiter: "\n",
  quoteCharacter: '"',
  quoteEscapeCharacter: '"',
  quoteFields: "ASNEEDED",
};

/** The `FileHeaderInfo` that `text` names in any case (contract §8.22), or `undefined`. */
export function findFileHeaderInfo(text: string): FileHeaderInfo | undefined {
  return (["NONE", "USE", "IGNORE"] as const).find((name) => name === text.toUpperCase());
}

/** The `QuoteFields` that `text` names in any case (contract §8.22), or `undefined`. */
export function findQuoteFields(text: string): QuoteFields | undefined {
  return (["ALWAYS", "ASNEEDED"] as const).find((name) => name === text.toUpperCase());
}

/**
 * What makes `options` unusable, as a sentence that names field, value and rule; `undefined` when they are fine.
 * Checked are the characters themselves (contract §4.7) and that no two of them stand for different things, since
 * such a text could be read in two ways.
 */
export function findCsvProblem(options: CsvCharacters): string | undefined {
  return findCharacterProblem(options) ?? findConflict(options);
}

function findCharacterProblem(options: CsvCharacters): string | undefined {
  if (!/^[\n\r\x20-\x7e]$/.test(options.fieldDelimiter)) {
    return problem("FieldDelimiter", options.fieldDelimiter, "one of \\n, \\r, ASCII 32 to 126");
  }
  if (options.recordDelimiter.length === 0 || options.recordDelimiter.length > 16) {
    return problem("RecordDelimiter", options.recordDelimiter, "1 to 16 characters");
  }
  const single = {
    QuoteCharacter: options.quoteCharacter,
    QuoteEscapeCharacter: options.quoteEscapeCharacter,
    Comments: options.comments ?? "#",
  };
  for (const [field, value] of Object.entries(single)) {
    if (value.length !== 1 || value > "\x7f") {
      return problem(field, value, "one ASCII character");
    }
  }
  return undefined;
}

function problem(field: string, value: string, rule: string): string {
  return `${field} must be ${rule}; got ${JSON.stringify(value)}`;
}

/** Pairs that must not share a character. The escape may be the quote, and nothing else. */
function findConflict(options: CsvCharacters): string | undefined {
  const values: Record<string, string | undefined> = {
    FieldDelimiter: options.fieldDelimiter,
    RecordDelimiter: options.recordDelimiter,
    QuoteCharacter: options.quoteCharacter,
    QuoteEscapeCharacter: options.quoteEscapeCharacter,
    Comments: options.comments,
  };
  const pairs = [
    ["FieldDelimiter", "RecordDelimiter"],
    ["QuoteCharacter", "FieldDelimiter"],
    ["QuoteCharacter", "RecordDelimiter"],
    ["QuoteEscapeCharacter", "FieldDelimiter"],
    ["QuoteEscapeCharacter", "RecordDelimiter"],
    ["Comments", "FieldDelimiter"],
    ["Comments", "RecordDelimiter"],
    ["Comments", "QuoteCharacter"],
  ] as const;
  for (const [leftName, rightName] of pairs) {
    const left = values[leftName];
    const right = values[rightName];
    if (left !== undefined && right?.includes(left)) {
      const got = `${JSON.stringify(left)} and ${JSON.stringify(right)}`;
      return `${leftName} and ${rightName} must not share a character; got ${got}`;
    }
  }
  return undefined;
}
