/** The payload hash line: hex SHA-256 of the exact body (contract §1.3). */
import { invalidSignature, type ServiceError } from "../../domain/errors.ts";

/** Hash of a body of no bytes. */
export const EMPTY_PAYLOAD_HASH =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * The body is not the one that `x-amz-content-sha256` describes; the text is the recorded one
 * (§1.3).
 */
export function payloadHashMismatch(hashes: {
  /** Hash of the body received. */
  readonly computed: string;
  /** Value of the header. */
  readonly expected: string;
}): ServiceError {
  return invalidSignature(
    "The value passed in as x-amz-content-sha256 does not match the computed payload hash. " +
      `Computed digest: ${hashes.computed} expected hash: ${hashes.expected}`,
  );
}
