/** The `SelectParameters` of a job: what is asked of an archive and how its CSV is written (contract §4.7). */
import { invalidParameter, missingParameter } from "./errors.ts";
import { SELECT_EXPRESSION_MAX_CHARACTERS } from "./limits.ts";

/** The separators as the client wrote them; what it left out is `undefined`. */
interface CsvMembers {
  readonly fieldDelimiter: string | undefined;
  readonly quoteCharacter: string | undefined;
  readonly quoteEscapeCharacter: string | undefined;
  readonly recordDelimiter: string | undefined;
}

export interface CsvInputMembers extends CsvMembers {
  readonly comments: string | undefined;
  readonly fileHeaderInfo: string | undefined;
}

export interface CsvOutputMembers extends CsvMembers {
  readonly quoteFields: string | undefined;
}

/** A serialization that the client named; its `csv` may still be left out. */
export interface Serialization<Csv> {
  readonly csv: Csv | undefined;
}

export interface SelectParameters {
  readonly expression: string;
  readonly expressionType: "SQL";
  readonly inputSerialization: Serialization<CsvInputMembers> | undefined;
  readonly outputSerialization: Serialization<CsvOutputMembers> | undefined;
}

/** The members as they travel. */
export interface SelectParametersMembers {
  readonly Expression: string | undefined;
  readonly ExpressionType: string | undefined;
  readonly InputSerialization: { readonly csv: CsvInputWire | undefined } | undefined;
  readonly OutputSerialization: { readonly csv: CsvOutputWire | undefined } | undefined;
}

interface CsvWire {
  readonly FieldDelimiter: string | undefined;
  readonly QuoteCharacter: string | undefined;
  readonly QuoteEscapeCharacter: string | undefined;
  readonly RecordDelimiter: string | undefined;
}
interface CsvInputWire extends CsvWire {
  readonly Comments: string | undefined;
  readonly FileHeaderInfo: string | undefined;
}
interface CsvOutputWire extends CsvWire {
  readonly QuoteFields: string | undefined;
}

const FILE_HEADER_INFOS = ["USE", "IGNORE", "NONE"];
const QUOTE_FIELDS = ["ALWAYS", "ASNEEDED"];

/**
 * Checks what stands by itself: members, lengths and words. Whether the expression can be parsed and the
 * separators go together is asked of the query engine. Throws `MissingParameterValueException` for an absent
 * member, `InvalidParameterValueException` for a bad one.
 */
export function parseSelectParameters(
  members: SelectParametersMembers | undefined,
): SelectParameters {
  if (members === undefined) {
    throw missingParameter("SelectParameters");
  }
  const expression = parseExpression(members.Expression);
  const { ExpressionType, InputSerialization, OutputSerialization } = members;
  if (ExpressionType === undefined) {
    throw missingParameter("SelectParameters.ExpressionType");
  }
  if (ExpressionType !== "SQL") {
    throw invalidParameter(`Invalid ExpressionType: ${ExpressionType}. It must be SQL.`);
  }
  return {
    expression,
    expressionType: ExpressionType,
    inputSerialization: InputSerialization && {
      csv: InputSerialization.csv && parseCsvInput(InputSerialization.csv),
    },
    outputSerialization: OutputSerialization && {
      csv: OutputSerialization.csv && parseCsvOutput(OutputSerialization.csv),
    },
  };
}

function parseExpression(text: string | undefined): string {
  if (text === undefined) {
    throw missingParameter("SelectParameters.Expression");
  }
  // The short way first: a text never has more characters than UTF-16 units.
  const length = text.length <= SELECT_EXPRESSION_MAX_CHARACTERS ? text.length : [...text].length;
  if (length > SELECT_EXPRESSION_MAX_CHARACTERS) {
    throw invalidParameter(
      `Invalid Expression: it has ${length} characters, and at most` +
        ` ${SELECT_EXPRESSION_MAX_CHARACTERS} are allowed.`,
    );
  }
  if (!text.isWellFormed()) {
    throw invalidParameter("Invalid Expression: it holds half of a surrogate pair.");
  }
  return text;
}

/** The words may be in any case and are shown as they were given (contract §8.22). */
function parseCsvInput(csv: CsvInputWire): CsvInputMembers {
  checkWord("FileHeaderInfo", csv.FileHeaderInfo, FILE_HEADER_INFOS);
  checkCharacters("InputSerialization", { ...csvCharacters(csv), Comments: csv.Comments });
  return { ...csvMembers(csv), comments: csv.Comments, fileHeaderInfo: csv.FileHeaderInfo };
}

function parseCsvOutput(csv: CsvOutputWire): CsvOutputMembers {
  checkWord("QuoteFields", csv.QuoteFields, QUOTE_FIELDS);
  checkCharacters("OutputSerialization", csvCharacters(csv));
  return { ...csvMembers(csv), quoteFields: csv.QuoteFields };
}

function csvCharacters({ FieldDelimiter, QuoteCharacter, QuoteEscapeCharacter, ...csv }: CsvWire) {
  const { RecordDelimiter } = csv;
  return { FieldDelimiter, QuoteCharacter, QuoteEscapeCharacter, RecordDelimiter };
}

function csvMembers(csv: CsvWire): CsvMembers {
  return {
    fieldDelimiter: csv.FieldDelimiter,
    quoteCharacter: csv.QuoteCharacter,
    quoteEscapeCharacter: csv.QuoteEscapeCharacter,
    recordDelimiter: csv.RecordDelimiter,
  };
}

function checkWord(field: string, text: string | undefined, known: readonly string[]): void {
  if (text !== undefined && !known.includes(text.toUpperCase())) {
    throw invalidParameter(`Invalid ${field}: ${text}. It must be one of ${known.join(", ")}.`);
  }
}

/** Each is a single character of ASCII (API reference, CSVInput and CSVOutput). */
function checkCharacters(
  where: string,
  characters: Readonly<Record<string, string | undefined>>,
): void {
  for (const [field, text] of Object.entries(characters)) {
    if (text !== undefined && !/^[\0-\x7f]$/.test(text)) {
      throw invalidParameter(
        `Invalid ${where}.csv.${field}: ${JSON.stringify(text)}. It must be a single ASCII character.`,
      );
    }
  }
}
