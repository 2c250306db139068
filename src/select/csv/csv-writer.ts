/** Writes output records as CSV bytes into one growing block, which the caller takes whenever it is large enough. */
import { utf8Bytes } from "../../std/bytes.ts";
import { CSV_RECORD_MAX_BYTES } from "./csv-limits.ts";
import type { CsvInput, CsvOutput } from "./csv-options.ts";
import { type CsvRecord, ESCAPED } from "./csv-record.ts";
import { findEither } from "./find-byte.ts";
import { type RecordPlace, SelectRecordError } from "./record-error.ts";

const FIRST_BLOCK_BYTES = 64 * 1024;

/**
 * With QuoteFields ASNEEDED a field is quoted when it holds a field delimiter, a quote, a CR, an LF or a character
 * of the record delimiter: then our reader and the usual others read back what was written. NULL, MISSING and the
 * empty string are all an empty field (contract §4.7). Within quotes, a quote and the escape are escaped.
 */
export class CsvWriter {
  readonly #field: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #delimiter: Uint8Array;
  readonly #always: boolean;
  /** 1 for each byte that makes quotes necessary. */
  readonly #special = new Uint8Array(256);
  /** Whether a record of `input` without quotes can stand in the output as it is, if no byte is special. */
  readonly #copiesRecords: boolean;
  /** Whether records end in LF on both sides: then a record without quotes can't hold one. */
  readonly #isUsual: boolean;
  #block = new Uint8Array(FIRST_BLOCK_BYTES);
  #length = 0;

  /** Both must be free of problems (`findCsvProblem`). */
  constructor(input: CsvInput, output: CsvOutput) {
    this.#field = output.fieldDelimiter.charCodeAt(0);
    this.#quote = output.quoteCharacter.charCodeAt(0);
    this.#escape = output.quoteEscapeCharacter.charCodeAt(0);
    this.#delimiter = utf8Bytes(output.recordDelimiter);
    this.#always = output.quoteFields === "ALWAYS";
    for (const byte of [this.#field, this.#quote, 0x0a, 0x0d, ...this.#delimiter]) {
      this.#special[byte] = 1;
    }
    this.#isUsual = input.recordDelimiter === "\n" && output.recordDelimiter === "\n";
    this.#copiesRecords = !this.#always && input.fieldDelimiter === output.fieldDelimiter;
  }

  /** Bytes written and not yet taken. */
  get pendingBytes(): number {
    return this.#length;
  }

  /** What was written since the last call: bytes of the writer's own, which the next record overwrites. */
  take(): Uint8Array {
    const taken = this.#block.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Writes `texts` as one record. `place` is the input record's. Throws `SelectRecordError` `OverMaxRecordSize`. */
  writeRecord(texts: readonly (string | undefined)[], place: RecordPlace): void {
    const start = this.#length;
    for (let index = 0; index < texts.length; index += 1) {
      this.#separate(index);
      this.#writeText(texts[index] ?? "");
      this.#checkSize(start, place);
    }
    this.#endRecord();
  }

  /** Writes all fields of `record`, byte for byte. Throws `SelectRecordError` `OverMaxRecordSize`. */
  copyRecord(record: CsvRecord): void {
    if (this.#copiesRecords && !record.quoted && this.#copyPlainRecord(record)) {
      return;
    }
    const start = this.#length;
    for (let index = 0; index < record.columnCount; index += 1) {
      this.#separate(index);
      this.#writeBytes(record.content(index));
      this.#checkSize(start, record);
    }
    this.#endRecord();
  }

  /**
   * Writes the columns at `indexes` of `record`, what is absent as an empty field. Throws `SelectRecordError`
   * `OverMaxRecordSize` and `InvalidTextEncoding`, like writing their texts.
   */
  copyColumns(record: CsvRecord, indexes: readonly number[]): void {
    const start = this.#length;
    for (let position = 0; position < indexes.length; position += 1) {
      const index = indexes[position] ?? 0;
      this.#separate(position);
      if (!this.#copyPlainField(record, index)) {
        this.#writeText(record.column(index) ?? "");
      }
      this.#checkSize(start, record);
    }
    this.#endRecord();
  }

  /** Copies an ASCII field that needs no quotes; false, and nothing written, for any other. */
  #copyPlainField(record: CsvRecord, index: number): boolean {
    if (this.#always || !record.hasColumn(index) || record.kindOf(index) === ESCAPED) {
      return false;
    }
    const { bytes } = record;
    const end = record.contentEnd(index);
    const start = record.contentStart(index);
    this.#reserve(end - start);
    const block = this.#block;
    const special = this.#special;
    let length = this.#length;
    for (let at = start; at < end; at += 1, length += 1) {
      const byte = bytes[at] ?? 0;
      if (byte > 0x7f || special[byte] === 1) {
        return false;
      }
      block[length] = byte;
    }
    this.#length = length;
    return true;
  }

  /** Copies a record that means the same in the output; false, and nothing written, when one byte is special. */
  #copyPlainRecord(record: CsvRecord): boolean {
    const { bytes, start, end } = record;
    if (!this.#isPlain(record)) {
      return false;
    }
    this.#reserve(end - start);
    this.#block.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
    this.#endRecord();
    return true;
  }

  /** Whether no byte of `record`, which holds no byte of its own delimiter, asks for quotes in the output. */
  #isPlain(record: CsvRecord): boolean {
    const { bytes, start, end } = record;
    if (this.#isUsual) {
      return findEither(record, { start, end }, { first: this.#quote, second: 0x0d }) === end;
    }
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (this.#special[byte] === 1 && byte !== this.#field) {
        return false;
      }
    }
    return true;
  }

  #writeText(text: string): void {
    this.#reserve(text.length);
    const block = this.#block;
    const special = this.#special;
    let length = this.#length;
    let mustEncode = this.#always;
    for (let at = 0; at < text.length && !mustEncode; at += 1, length += 1) {
      const code = text.charCodeAt(at);
      block[length] = code;
      mustEncode = code > 0x7f || special[code] === 1;
    }
    if (mustEncode) {
      this.#writeBytes(utf8Bytes(text));
    } else {
      this.#length = length;
    }
  }

  #writeBytes(content: Uint8Array): void {
    this.#reserve(2 * content.length + 2);
    if (!this.#always && !this.#needsQuotes(content)) {
      this.#block.set(content, this.#length);
      this.#length += content.length;
      return;
    }
    this.#append(this.#quote);
    for (const byte of content) {
      if (byte === this.#quote || byte === this.#escape) {
        this.#append(this.#escape);
      }
      this.#append(byte);
    }
    this.#append(this.#quote);
  }

  #needsQuotes(content: Uint8Array): boolean {
    for (let at = 0; at < content.length; at += 1) {
      if (this.#special[content[at] ?? 0] === 1) {
        return true;
      }
    }
    return false;
  }

  #append(byte: number): void {
    this.#block[this.#length] = byte;
    this.#length += 1;
  }

  #separate(index: number): void {
    if (index > 0) {
      this.#reserve(1);
      this.#append(this.#field);
    }
  }

  #endRecord(): void {
    this.#reserve(this.#delimiter.length);
    this.#block.set(this.#delimiter, this.#length);
    this.#length += this.#delimiter.length;
  }

  #checkSize(start: number, place: RecordPlace): void {
    if (this.#length - start > CSV_RECORD_MAX_BYTES) {
      const message = `an output record may have at most ${CSV_RECORD_MAX_BYTES} bytes`;
      throw new SelectRecordError("OverMaxRecordSize", message, place);
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.#block.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#block.length));
      grown.set(this.#block.subarray(0, this.#length));
      this.#block = grown;
    }
  }
}
