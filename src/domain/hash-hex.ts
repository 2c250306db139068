/** Hashes as clients write them. */
import type { HashHex } from "./archive.ts";
import { invalidParameter } from "./errors.ts";

/**
 * The tree hash in an `x-amz-sha256-tree-hash` header: 64 hex digits of either case, compared without
 * regard to it (contract §1.2), so the result is in lower case. Throws `InvalidParameterValueException`.
 */
export function parseTreeHash(text: string): HashHex {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw invalidTreeHash(text);
  }
  return text.toLowerCase();
}

/** The refusal of a tree hash that is malformed, or that is not the completed archive's (contract §1.5). */
export function invalidTreeHash(text: string) {
  return invalidParameter(`Invalid x-amz-sha256-tree-hash: ${text}`);
}
