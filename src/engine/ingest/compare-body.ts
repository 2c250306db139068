/** Decides whether a received body is the one announced. */
import type { HashHex } from "../../domain/archive.ts";
import { badRequest, invalidParameter, invalidSignature } from "../../domain/errors.ts";

/** What the sender announced; the hashes are the header values as sent. */
export interface ExpectedBody {
  readonly sizeBytes: number;
  /** `x-amz-content-sha256`; compared exactly, because the signature covers its text. */
  readonly sha256: HashHex;
  /** `x-amz-sha256-tree-hash`; compared in either case (contract §1.2). */
  readonly treeHash: HashHex;
}

/** What was received. */
export interface ReceivedBody {
  readonly sizeBytes: number;
  readonly sha256: HashHex;
  readonly treeHash: HashHex;
}

/**
 * Throws the first of these that applies: `BadRequest` for another size, `InvalidSignatureException` for
 * another linear hash (contract §1.3), `InvalidParameterValueException` for another tree hash (§1.5).
 */
export function compareBody(received: ReceivedBody, expected: ExpectedBody): void {
  if (received.sizeBytes !== expected.sizeBytes) {
    throw badRequest(
      `The body has ${received.sizeBytes} bytes, not the announced ${expected.sizeBytes}.`,
    );
  }
  if (received.sha256 !== expected.sha256) {
    throw invalidSignature(
      "The value passed in as x-amz-content-sha256 does not match the computed payload hash. " +
        `Computed digest: ${received.sha256} expected hash: ${expected.sha256}`,
    );
  }
  if (received.treeHash !== expected.treeHash.toLowerCase()) {
    throw invalidParameter(
      `Checksum mismatch: expected ${expected.treeHash}, computed ${received.treeHash}`,
    );
  }
}

/** The refusal of a body with more bytes than were announced. */
export function bodyTooLong({ sizeBytes }: Pick<ExpectedBody, "sizeBytes">): Error {
  return badRequest(`The body is longer than the announced ${sizeBytes} bytes.`);
}
