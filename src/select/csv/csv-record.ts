/** The record that the reader stands on: where its fields are in the reader's buffer, and their text on demand. */
import { utf8Text } from "../../std/bytes.ts";
import type { Row } from "../row.ts";
import { CSV_COLUMNS_MAX, CSV_SLICE_BYTES } from "./csv-limits.ts";
import { SelectRecordError } from "./record-error.ts";

/** How a field stands in the buffer: as it is, within quotes, or within quotes with escapes to take out. */
export const PLAIN = 0;
export const QUOTED = 1;
export const ESCAPED = 2;
export type FieldKind = typeof PLAIN | typeof QUOTED | typeof ESCAPED;

/** How much text is decoded at once when a record asks for text; what follows it serves the next records. */
const DECODE_BYTES = 16 * 1024;
const FIELDS_START = 64;
const ALL_FOUND = -1;
/** Twice what is appended at most. */
const BUFFER_START_BYTES = 2 * CSV_SLICE_BYTES;

/** One character per byte; what it makes of bytes from 0x80 is never used. */
const byteDecoder = new TextDecoder("latin1");

/**
 * A view that the reader moves from record to record; nothing of it may be kept across `next()`, but the
 * texts may. Fields are decoded when asked for: a field that a query does not name is never looked at as text.
 *
 * Text that is not UTF-8 is refused, not replaced, as silent replacement would be a loss: `column` throws
 * `SelectRecordError` `InvalidTextEncoding`. Fields that no query asks for pass through byte for byte.
 */
export class CsvRecord implements Row {
  /** The reader's buffer; `start` and `end` are places in it, `end` exclusive and without delimiter. */
  bytes = new Uint8Array(0);
  /** The same memory. */
  words = new Int32Array(0);
  /** The bytes of the buffer that hold input. */
  filled = 0;
  start = 0;
  end = 0;
  /** Whether any field stands within quotes. */
  quoted = false;
  /** From 1, the header included; 0 before the first record. */
  recordNumber = 0;
  /** Of `start`, in the archive. */
  byteOffset = 0;

  readonly #field: number;
  readonly #quote: number;
  readonly #escape: number;
  /** Per field: the offset of its end from `start`, times 4, plus its kind. */
  #ends = new Int32Array(FIELDS_START);
  #fieldsFound = 0;
  /** Where fields that were not asked for yet begin; `ALL_FOUND` when there are none. */
  #unsplitFrom = ALL_FOUND;
  #text = "";
  #textStart = 0;
  #textEnd = 0;

  constructor(dialect: {
    readonly field: number;
    readonly quote: number;
    readonly escape: number;
  }) {
    this.#field = dialect.field;
    this.#quote = dialect.quote;
    this.#escape = dialect.escape;
  }

  /**
   * Puts `bytes` after those of the buffer, whose unfinished record moves to the front. Returns by how much places have
   * become smaller.
   */
  append(bytes: Uint8Array): number {
    const moved = this.start;
    const kept = this.filled - moved;
    if (kept + bytes.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(BUFFER_START_BYTES, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(moved, this.filled));
      this.bytes = grown;
      this.words = new Int32Array(grown.buffer);
    } else if (moved > 0) {
      this.bytes.copyWithin(0, moved, this.filled);
    }
    this.bytes.set(bytes, kept);
    this.filled = kept + bytes.length;
    this.start = 0;
    this.#textEnd = 0;
    return moved;
  }

  /** Begins a record at `start`, which has no fields yet. */
  begin(start: number): void {
    this.start = start;
    this.quoted = false;
    this.#fieldsFound = 0;
    this.#unsplitFrom = ALL_FOUND;
  }

  /**
   * Ends the record that has begun before `end`. It holds no quote, fewer bytes than columns are allowed, and no field
   * so far: fields are found when they are asked for.
   */
  endPlain(end: number): void {
    this.end = end;
    this.#unsplitFrom = this.start;
  }

  get columnCount(): number {
    this.hasColumn(Number.MAX_SAFE_INTEGER);
    return this.#fieldsFound;
  }

  /** Whether there is a field at `index`, from 0. To be asked before `kindOf` and all that tell of the content. */
  hasColumn(index: number): boolean {
    return index < this.#fieldsFound || (this.#unsplitFrom !== ALL_FOUND && this.#findField(index));
  }

  #findField(index: number): boolean {
    const { bytes, end } = this;
    const field = this.#field;
    for (let at = this.#unsplitFrom; at < end; at += 1) {
      if (bytes[at] === field) {
        this.addField(at, PLAIN);
        if (index < this.#fieldsFound) {
          this.#unsplitFrom = at + 1;
          return true;
        }
      }
    }
    this.addField(end, PLAIN);
    this.#unsplitFrom = ALL_FOUND;
    return index < this.#fieldsFound;
  }

  /** Adds a field that ends before `end` (a place in the buffer). Throws `SelectRecordError` `OverMaxColumn`. */
  addField(end: number, kind: FieldKind): void {
    const index = this.#fieldsFound;
    if (index === this.#ends.length) {
      this.#growEnds();
    }
    this.#ends[index] = ((end - this.start) << 2) | kind;
    this.#fieldsFound = index + 1;
  }

  kindOf(index: number): FieldKind {
    // Only addField writes `#ends`, and it adds a FieldKind.
    return ((this.#ends[index] ?? 0) & 3) as FieldKind;
  }

  /** First byte of what the field says (after its quote), as a place in the buffer. */
  contentStart(index: number): number {
    const start = index === 0 ? this.start : this.start + ((this.#ends[index - 1] ?? 0) >> 2) + 1;
    return this.kindOf(index) === PLAIN ? start : start + 1;
  }

  /** End of what the field says (before its closing quote), exclusive. */
  contentEnd(index: number): number {
    const packed = this.#ends[index] ?? 0;
    const end = this.start + (packed >> 2);
    return (packed & 3) === PLAIN ? end : end - 1;
  }

  column(index: number): string | undefined {
    if (index < 0 || !this.hasColumn(index)) {
      return undefined;
    }
    const start = this.contentStart(index);
    const end = this.contentEnd(index);
    return this.kindOf(index) !== ESCAPED && this.isAscii(start, end)
      ? this.#asciiText(start, end)
      : this.#decode(index);
  }

  /** Bytes of what the field says, without quotes and escapes. */
  content(index: number): Uint8Array {
    const bytes = this.bytes.subarray(this.contentStart(index), this.contentEnd(index));
    return this.kindOf(index) === ESCAPED ? this.#unescapeBytes(bytes) : bytes;
  }

  /** Whether all bytes from `start` to `end` (places in the buffer) are ASCII. */
  isAscii(start: number, end: number): boolean {
    const bytes = this.bytes;
    let all = 0;
    for (let at = start; at < end; at += 1) {
      all |= bytes[at] ?? 0;
    }
    return all < 0x80;
  }

  #asciiText(start: number, end: number): string {
    if (start < this.#textStart || end > this.#textEnd) {
      this.#textStart = end - this.start <= DECODE_BYTES ? this.start : start;
      this.#textEnd = Math.max(end, Math.min(this.#textStart + DECODE_BYTES, this.filled));
      this.#text = byteDecoder.decode(this.bytes.subarray(this.#textStart, this.#textEnd));
    }
    return this.#text.substring(start - this.#textStart, end - this.#textStart);
  }

  #decode(index: number): string {
    try {
      return utf8Text(this.content(index));
    } catch {
      const message = `column ${index + 1} is not UTF-8 text`;
      throw new SelectRecordError("InvalidTextEncoding", message, this);
    }
  }

  /** `bytes` with each escaped quote or escaped escape as that one character. */
  #unescapeBytes(bytes: Uint8Array): Uint8Array {
    const result = new Uint8Array(bytes.length);
    let length = 0;
    for (let at = 0; at < bytes.length; at += 1, length += 1) {
      const next = bytes[at + 1];
      if (bytes[at] === this.#escape && (next === this.#quote || next === this.#escape)) {
        at += 1;
      }
      result[length] = bytes[at] ?? 0;
    }
    return result.subarray(0, length);
  }

  #growEnds(): void {
    if (this.#fieldsFound >= CSV_COLUMNS_MAX) {
      const message = `a record may have at most ${CSV_COLUMNS_MAX} columns`;
      throw new SelectRecordError("OverMaxColumn", message, this);
    }
    const grown = new Int32Array(this.#ends.length * 2);
    grown.set(this.#ends);
    this.#ends = grown;
  }
}
