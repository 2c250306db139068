/** The part size of a multipart upload (contract §1.10, §2.20). */
import { findWholeNumber } from "./decimal.ts";
import { invalidParameter } from "./errors.ts";
import { PART_SIZE_MAX_BYTES, PART_SIZE_MIN_BYTES } from "./limits.ts";

/**
 * The part size in an `x-amz-part-size` header, in bytes: a power of two from 1 MiB to 4 GiB. Throws
 * `InvalidParameterValueException` with the recorded text of contract §1.5, also when it is absent.
 */
export function parsePartSize(text: string | undefined): number {
  const bytes = text === undefined ? undefined : findWholeNumber(text);
  if (
    bytes === undefined ||
    bytes < PART_SIZE_MIN_BYTES ||
    bytes > PART_SIZE_MAX_BYTES ||
    !Number.isInteger(Math.log2(bytes))
  ) {
    throw invalidParameter(
      `Invalid part size: ${text ?? "null"}. Part size must not be null, must be a power of two and be ` +
        `between ${PART_SIZE_MIN_BYTES} and ${PART_SIZE_MAX_BYTES} bytes.`,
    );
  }
  return bytes;
}
