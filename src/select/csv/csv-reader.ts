/**
 * Reads CSV from bytes that come in chunks of any size: one pass, one record at a time, in a buffer of bounded size.
 *
 * What it understands (contract §4.7, RFC 4180 where that is silent):
 * - A field is quoted when its first byte is the quote character. Inside, field and record delimiters are text; a quote
 *   is written by the escape before it (with escape = quote: doubled), and the escape may escape itself.
 * - A quote anywhere else in a field is text. Text after a closing quote, and a quote that never closes, are refused,
 *   because every reading of them would be a guess.
 * - With record delimiter `\n`, a `\r` before it (or before the end of the archive) belongs to the delimiter.
 * - A UTF-8 byte order mark at the very beginning is skipped, and so are empty lines and, when `comments` is set,
 *   rows that begin with that character, up to the next record delimiter whatever quotes they hold.
 * - The last record needs no delimiter.
 *
 * The result never depends on how the input is cut into chunks.
 */
import { utf8Bytes } from "../../std/bytes.ts";
import { CSV_COLUMNS_MAX, CSV_RECORD_MAX_BYTES, CSV_SLICE_BYTES } from "./csv-limits.ts";
import type { CsvInput } from "./csv-options.ts";
import { CsvRecord, ESCAPED, PLAIN, QUOTED } from "./csv-record.ts";
import { findEither } from "./find-byte.ts";
import { SelectRecordError } from "./record-error.ts";

const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

/** Where the reader stands between two bytes. */
type State =
  | "archiveStart"
  | "recordStart"
  | "comment"
  | "fieldStart"
  | "plain"
  | "quoted"
  | "quotedEscape"
  | "afterQuote"
  | "recordEnd";

/** What a step came to: the state changed, a record is complete, or the bytes taken are used up. */
type Step = "changed" | "record" | "needsBytes";

export class CsvReader {
  /** The record that the last `next()` which returned true found. */
  readonly record: CsvRecord;
  readonly #field: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #comment: number;
  readonly #delimiter: Uint8Array;
  /** The last byte of the delimiter, by which a record's end is noticed. */
  readonly #last: number;
  /** `\r\n`, which also ends a record when the delimiter is `\n`; else the delimiter again. */
  readonly #carriageDelimiter: Uint8Array;
  readonly #longestBytes: number;

  #state: State = "archiveStart";
  #position = 0;
  /** Start of the field, or of what follows its closing quote, that the reader is in. */
  #fieldStart = 0;
  #fieldKind: typeof QUOTED | typeof ESCAPED = QUOTED;
  #ended = false;
  /** Of the buffer's first byte, in the archive. */
  #bufferOffset = 0;
  #recordsFound = 0;

  /** `input` must be free of problems (`findCsvProblem`). */
  constructor(input: CsvInput) {
    this.#field = byteOf(input.fieldDelimiter);
    this.#quote = byteOf(input.quoteCharacter);
    this.#escape = byteOf(input.quoteEscapeCharacter);
    this.#comment = input.comments === undefined ? -1 : byteOf(input.comments);
    this.#delimiter = utf8Bytes(input.recordDelimiter);
    this.#last = this.#delimiter.at(-1) ?? 0;
    const strips = input.recordDelimiter === "\n" && this.#field !== CARRIAGE_RETURN;
    this.#carriageDelimiter = strips ? utf8Bytes("\r\n") : this.#delimiter;
    this.#longestBytes = CSV_RECORD_MAX_BYTES + this.#carriageDelimiter.length;
    this.record = new CsvRecord({ field: this.#field, quote: this.#quote, escape: this.#escape });
  }

  /**
   * Takes bytes of `chunk` from `offset` on and returns the offset of the first it did not take. To be called
   * when `next()` has returned false, until all of the chunk is taken. The record is no longer valid then.
   */
  take(chunk: Uint8Array, offset: number): number {
    const taken = Math.min(chunk.length - offset, CSV_SLICE_BYTES);
    const moved = this.record.append(chunk.subarray(offset, offset + taken));
    this.#position -= moved;
    this.#fieldStart -= moved;
    this.#bufferOffset += moved;
    return offset + taken;
  }

  /** Says that no bytes follow; `next()` then also finds a last record without delimiter. */
  end(): void {
    this.#ended = true;
  }

  /**
   * Moves `record` to the next record. False: the bytes taken so far hold no further whole record. Throws
   * `SelectRecordError` with code `CSVParsingError`, `CSVUnescapedQuote`, `OverMaxColumn` or `OverMaxRecordSize`;
   * the reader is of no use after that.
   */
  next(): boolean {
    for (;;) {
      if (this.#state === "recordEnd" && this.#findPlainRecord()) {
        return true;
      }
      let step = this.#step();
      if (step === "needsBytes") {
        step = this.#ended ? this.#finish() : step;
      }
      if (step === "needsBytes") {
        return false;
      }
      const { start, end } = this.record;
      if (step === "record" && end > start) {
        this.#checkSize(end - start);
        this.#recordsFound += 1;
        return true;
      }
    }
  }

  /**
   * Moves to the next record at once when it is all there and holds no quote, as most do: then its end is the next
   * delimiter, and its fields can be left to be found when they are asked for. False, and nothing done, for any other.
   */
  #findPlainRecord(): boolean {
    const { record } = this;
    const start = this.#position;
    if (this.#delimiter.length > 1 || record.bytes[start] === this.#comment) {
      return false;
    }
    // Shorter than a record may be, and with fewer fields.
    const limit = Math.min(record.filled, start + Math.min(CSV_RECORD_MAX_BYTES, CSV_COLUMNS_MAX));
    const either = { first: this.#last, second: this.#quote };
    const found = findEither(record, { start, end: limit }, either);
    if (found === limit || record.bytes[found] !== this.#last) {
      return false;
    }
    const end = this.#stripped(start, found);
    if (end === start) {
      return false;
    }
    this.#startRecord();
    this.#recordsFound += 1;
    record.endPlain(end);
    this.#position = found + 1;
    this.#state = "recordEnd";
    return true;
  }

  /** Reads on from where the state says. */
  #step(): Step {
    const { record } = this;
    const limit = Math.min(record.filled, record.start + this.#longestBytes);
    switch (this.#state) {
      case "recordEnd":
        return this.#startRecord();
      case "archiveStart":
        return this.#skipByteOrderMark();
      case "comment":
        return this.#skipComment();
      case "plain":
        return this.#readPlain(limit);
      case "quoted":
        return this.#readQuoted(limit);
      case "afterQuote":
        return this.#readAfterQuote(limit);
      case "recordStart":
      case "fieldStart":
      case "quotedEscape":
        return this.#position === limit ? this.#runDry(limit) : this.#enter();
    }
  }

  /** The bytes up to `limit` are used up: more are needed, unless the record is too long already. */
  #runDry(limit: number): Step {
    this.#checkSize(limit - this.record.start - this.#carriageDelimiter.length + 1);
    return "needsBytes";
  }

  #checkSize(bytes: number): void {
    if (bytes > CSV_RECORD_MAX_BYTES) {
      const message = `an input record may have at most ${CSV_RECORD_MAX_BYTES} bytes`;
      throw new SelectRecordError("OverMaxRecordSize", message, this.record);
    }
  }

  /** Decides by the byte at hand what a record or a field begins with, or what an escape stands before. */
  #enter(): Step {
    const byte = this.record.bytes[this.#position];
    if (this.#state === "recordStart") {
      this.#state = byte === this.#comment ? "comment" : "fieldStart";
      return "changed";
    }
    if (this.#state === "quotedEscape") {
      this.#state = "quoted";
      if (byte === this.#quote || byte === this.#escape) {
        this.#fieldKind = ESCAPED;
        this.#position += 1;
      }
      return "changed";
    }
    this.#fieldStart = this.#position;
    this.#state = "plain";
    if (byte === this.#quote) {
      this.#position += 1;
      this.#state = "quoted";
      this.#fieldKind = QUOTED;
    }
    return "changed";
  }

  /** Reads fields without quotes, the inner loop of most archives. */
  #readPlain(limit: number): Step {
    const { record } = this;
    const { bytes } = record;
    const field = this.#field;
    const quote = this.#quote;
    const last = this.#last;
    let position = this.#position;
    for (; position < limit; position += 1) {
      const byte = bytes[position];
      if (byte === field) {
        record.addField(position, PLAIN);
        this.#fieldStart = position + 1;
        if (position + 1 === limit || bytes[position + 1] === quote) {
          this.#position = position + 1;
          this.#state = "fieldStart";
          return "changed";
        }
      } else if (byte === last && this.#isDelimiterAt(position)) {
        this.#position = position + 1;
        return this.#endPlain(position + 1 - this.#delimiter.length);
      }
    }
    this.#position = position;
    return this.#runDry(limit);
  }

  /** Whether the record delimiter ends with the byte at `position` and begins in the same field. */
  #isDelimiterAt(position: number): boolean {
    const delimiter = this.#delimiter;
    const start = position + 1 - delimiter.length;
    return (
      delimiter.length === 1 ||
      (start >= this.#fieldStart &&
        delimiter.every((byte, index) => byte === this.record.bytes[start + index]))
    );
  }

  /** Ends the record with the plain field before `end`, less a `\r` that belongs to the delimiter. */
  #endPlain(end: number): Step {
    const stripped = this.#stripped(this.#fieldStart, end);
    this.record.addField(stripped, PLAIN);
    return this.#endRecord(stripped);
  }

  /** `end`, or the place before it when a `\r` there, not before `start`, belongs to the delimiter. */
  #stripped(start: number, end: number): number {
    const strips = this.#carriageDelimiter !== this.#delimiter && end > start;
    return strips && this.record.bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  }

  #endRecord(end: number): Step {
    this.record.end = end;
    this.#state = "recordEnd";
    return "record";
  }

  #readQuoted(limit: number): Step {
    const { bytes } = this.record;
    const quote = this.#quote;
    const escapes = this.#escape;
    for (let position = this.#position; position < limit; position += 1) {
      const byte = bytes[position];
      if (byte === quote || byte === escapes) {
        this.#position = position + 1;
        if (byte === quote) {
          this.record.quoted = true;
          this.#fieldStart = position + 1;
        }
        this.#state = byte === quote ? "afterQuote" : "quotedEscape";
        return "changed";
      }
    }
    this.#position = limit;
    return this.#runDry(limit);
  }

  /** After a quote inside a quoted field, which may have been an escape, only a delimiter may follow. */
  #readAfterQuote(limit: number): Step {
    const { bytes } = this.record;
    const closed = this.#fieldStart;
    const ending = bytes[closed] === CARRIAGE_RETURN ? this.#carriageDelimiter : this.#delimiter;
    while (this.#position < limit) {
      const byte = bytes[this.#position];
      const matched = this.#position - closed;
      this.#position += 1;
      if (matched === 0 && byte === this.#quote && this.#quote === this.#escape) {
        this.#fieldKind = ESCAPED;
        this.#state = "quoted";
        return "changed";
      }
      if (matched === 0 && byte === this.#field) {
        this.record.addField(closed, this.#fieldKind);
        this.#state = "fieldStart";
        return "changed";
      }
      if (byte !== ending[matched]) {
        this.#refuseTextAfterQuote();
      }
      if (matched + 1 === ending.length) {
        this.record.addField(closed, this.#fieldKind);
        return this.#endRecord(closed);
      }
    }
    return this.#runDry(limit);
  }

  #refuseTextAfterQuote(): never {
    const column = this.record.columnCount + 1;
    const message = `column ${column} has text after its closing quote`;
    throw new SelectRecordError("CSVUnescapedQuote", message, this.record);
  }

  /** The archive ends within or after a record. */
  #finish(): Step {
    const { record } = this;
    switch (this.#state) {
      case "archiveStart":
        return this.#startRecord();
      case "fieldStart":
        this.#fieldStart = this.#position;
        return this.#endPlain(this.#position);
      case "plain":
        return this.#endPlain(this.#position);
      case "afterQuote": {
        const rest = this.#position - this.#fieldStart;
        if (rest > (this.#carriageDelimiter === this.#delimiter ? 0 : 1)) {
          this.#refuseTextAfterQuote();
        }
        record.addField(this.#fieldStart, this.#fieldKind);
        return this.#endRecord(this.#fieldStart);
      }
      case "quoted":
      case "quotedEscape": {
        const message = `the quoted column ${record.columnCount + 1} is never closed`;
        throw new SelectRecordError("CSVParsingError", message, record);
      }
      case "recordStart":
      case "recordEnd":
      case "comment":
        return "needsBytes";
    }
  }

  #startRecord(): Step {
    const { record } = this;
    record.begin(this.#position);
    record.byteOffset = this.#bufferOffset + this.#position;
    record.recordNumber = this.#recordsFound + 1;
    this.#state = "recordStart";
    return "changed";
  }

  #skipByteOrderMark(): Step {
    const { bytes, filled } = this.record;
    const found = BYTE_ORDER_MARK.findIndex((byte, index) => byte !== bytes[index]);
    if (found === -1 || found < filled) {
      this.#position = found === -1 ? BYTE_ORDER_MARK.length : 0;
      return this.#startRecord();
    }
    return "needsBytes";
  }

  /** Drops what it reads, so that a comment may be of any length, but for a delimiter that has begun. */
  #skipComment(): Step {
    const { record } = this;
    const bytes = record.bytes.subarray(0, record.filled);
    this.#fieldStart = record.start;
    for (;;) {
      const at = bytes.indexOf(this.#last, this.#position);
      if (at === -1) {
        this.#position = record.filled;
        record.start = Math.max(record.start, this.#position + 1 - this.#delimiter.length);
        return "needsBytes";
      }
      this.#position = at + 1;
      if (this.#isDelimiterAt(at)) {
        return this.#startRecord();
      }
    }
  }
}

function byteOf(character: string): number {
  return character.charCodeAt(0);
}
