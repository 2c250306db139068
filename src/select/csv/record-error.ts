/** Failures of one record, which say where in the archive it is. */
import { SelectRunError, type SelectRunErrorCode } from "../errors.ts";

/** Where a record is. */
export interface RecordPlace {
  /** From 1, the header included; comment rows and empty lines are not counted. */
  readonly recordNumber: number;
  /** Of its first byte, from 0, in the archive. */
  readonly byteOffset: number;
}

/** A `SelectRunError` of the record at `place`; its message begins with the place. */
export class SelectRecordError extends SelectRunError {
  readonly recordNumber: number;
  readonly byteOffset: number;

  constructor(code: SelectRunErrorCode, message: string, place: RecordPlace) {
    super(code, `record ${place.recordNumber} (at byte ${place.byteOffset}): ${message}`);
    this.recordNumber = place.recordNumber;
    this.byteOffset = place.byteOffset;
  }
}
