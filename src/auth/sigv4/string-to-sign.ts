/** The string to sign: algorithm, instant, scope and hash of the canonical request, a line each. */
import { formatHex } from "../../std/bytes.ts";
import type { Sha256 } from "../../std/hasher.ts";
import { formatIsoBasic } from "../../std/iso-time.ts";
import { type CredentialScope, formatScope } from "./scope.ts";

/** The only algorithm of Signature Version 4 that the service takes. */
export const ALGORITHM = "AWS4-HMAC-SHA256";

/** The text whose HMAC under the signing key is the signature. `signedAtMs` is a whole second. */
export function stringToSign(options: {
  readonly signedAtMs: number;
  readonly scope: CredentialScope;
  readonly canonicalRequest: Uint8Array;
  readonly sha256: Sha256;
}): string {
  const instant = formatIsoBasic(options.signedAtMs);
  const hash = formatHex(options.sha256(options.canonicalRequest));
  return `${ALGORITHM}\n${instant}\n${formatScope(options.scope)}\n${hash}`;
}
