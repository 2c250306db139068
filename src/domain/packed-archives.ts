/**
 * Archives as one run of bytes, which a database gathers and nothing takes apart: an inventory of a million archives
 * spends most of its time on making values otherwise. A record is the archive id's bytes, the tree hash's bytes, then
 * in decimal digits, each followed by a space, the instant of creation, the size (no digits when the archive does
 * not belong to the snapshot) and the count of bytes of the description as it is stored, then these bytes.
 */
import { assert } from "../std/assert.ts";
import { ARCHIVE_ID_BYTES } from "./ids.ts";
import { DIGEST_BYTES } from "./limits.ts";

const SPACE = 0x20;
const ZERO = 0x30;

/** Walks over packed archives. The members tell where in `bytes` the parts of the present one are. */
export class PackedArchives {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  idStart = 0;
  hashStart = 0;
  createdAtMs = 0;
  sizeStart = 0;
  /** `sizeStart` when the archive does not belong to the snapshot. */
  sizeEnd = 0;
  descriptionStart = 0;
  descriptionEnd = 0;
  /** How many were met. */
  count = 0;
  #digitsEnd = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Goes to the next archive; false after the last. Throws `AssertionError` for bytes that are no archives. */
  next(): boolean {
    const start = this.descriptionEnd;
    if (start === this.bytes.length) {
      return false;
    }
    this.count += 1;
    this.idStart = start;
    this.hashStart = start + ARCHIVE_ID_BYTES;
    this.createdAtMs = this.#readNumber(this.hashStart + DIGEST_BYTES);
    this.sizeStart = this.#digitsEnd + 1;
    this.#readNumber(this.sizeStart);
    this.sizeEnd = this.#digitsEnd;
    const descriptionBytes = this.#readNumber(this.sizeEnd + 1);
    this.descriptionStart = this.#digitsEnd + 1;
    this.descriptionEnd = this.descriptionStart + descriptionBytes;
    assert(this.descriptionEnd <= this.bytes.length, "packed archives must end with a record");
    return true;
  }

  #readNumber(start: number): number {
    const { bytes } = this;
    let at = start;
    let number = 0;
    for (let byte = bytes[at]; byte !== SPACE; byte = bytes[at]) {
      const digit = byte === undefined ? -1 : byte - ZERO;
      assert(digit >= 0 && digit <= 9, "a number of packed archives must have decimal digits");
      number = number * 10 + digit;
      at += 1;
    }
    this.#digitsEnd = at;
    return number;
  }
}
