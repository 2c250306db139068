/** The canonical request: the byte string whose hash is signed (contract §1.3). */
import { assert } from "../../std/assert.ts";
import { utf8Bytes } from "../../std/bytes.ts";
import { canonicalHeaders, canonicalHeadersForms } from "./canonical-headers.ts";
import { canonicalPath, canonicalPathForms } from "./canonical-path.ts";
import { canonicalQuery, canonicalQueryForms } from "./canonical-query.ts";
import type { WireRequest } from "./wire-request.ts";

/**
 * What the signer decided: which headers it signed (lower case, in its order) and the hash of the
 * body.
 */
export interface SignedParts {
  readonly signedHeaders: readonly string[];
  /** Hex SHA-256 of the whole body, as the client states it. */
  readonly payloadHash: string;
}

/**
 * The canonical request with double-encoded path, as our own signer makes it. Bytes, because
 * header values may be any bytes. Errors: `InvalidSignatureException` when a signed header is
 * absent.
 */
export function canonicalRequest(request: WireRequest, parts: SignedParts): Uint8Array {
  return formatLines(request, parts, {
    path: canonicalPath(request.path),
    query: canonicalQuery(request.query),
    headers: canonicalHeaders(request, parts.signedHeaders),
  });
}

/**
 * `canonicalRequest`, then each other form in which some client may have signed this request: see
 * `canonicalPathForms`, `canonicalQueryForms` and `canonicalHeadersForms`. At most eight; nearly
 * always one.
 */
export function* canonicalRequestForms(
  request: WireRequest,
  parts: SignedParts,
): Generator<Uint8Array, void> {
  const headersForms = canonicalHeadersForms(request, parts.signedHeaders);
  const queryForms = canonicalQueryForms(request.query);
  for (const path of canonicalPathForms(request.path)) {
    for (const query of queryForms) {
      for (const headers of headersForms) {
        yield formatLines(request, parts, { path, query, headers });
      }
    }
  }
}

interface CanonicalLines {
  readonly path: string;
  readonly query: string;
  readonly headers: string;
}

function formatLines(request: WireRequest, parts: SignedParts, lines: CanonicalLines): Uint8Array {
  const { path, query, headers } = lines;
  const signed = parts.signedHeaders.join(";");
  return latin1Bytes(
    `${request.method}\n${path}\n${query}\n${headers}\n${signed}\n${parts.payloadHash}`,
  );
}

function latin1Bytes(text: string): Uint8Array {
  const utf8 = utf8Bytes(text);
  if (utf8.length === text.length) {
    // Only ASCII takes a byte per code unit, and says the same in both; nearly every request is ASCII.
    return utf8;
  }
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const byte = text.charCodeAt(index);
    assert(byte <= 0xff, "a wire request holds one code unit per byte; encode its text as UTF-8");
    bytes[index] = byte;
  }
  return bytes;
}
