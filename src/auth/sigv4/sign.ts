/** Signing of requests, for our own client. */
import { assert } from "../../std/assert.ts";
import type { HmacSha256, Sha256 } from "../../std/hasher.ts";
import { formatIsoBasic } from "../../std/iso-time.ts";
import { SIGNATURE_PARAMETER } from "./canonical-query.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { encodePercent } from "./percent-encoding.ts";
import { MAX_EXPIRES_SECONDS } from "./query-authorization.ts";
import { type CredentialScope, formatScope } from "./scope.ts";
import { computeSignature, deriveSigningKey } from "./signing-key.ts";
import { ALGORITHM, stringToSign } from "./string-to-sign.ts";
import type { WireRequest } from "./wire-request.ts";

/** Long-lived or temporary credentials; only the latter have a session token. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** All that a signature needs. */
export interface SigningInput {
  /** As it will be sent, `Host` included, without any part of an authorization. */
  readonly request: WireRequest;
  readonly credentials: SigningCredentials;
  readonly region: string;
  readonly service: string;
  readonly nowMs: number;
  /** Hex SHA-256 of the body. */
  readonly payloadHash: string;
  readonly sha256: Sha256;
  readonly hmacSha256: HmacSha256;
}

/**
 * The headers to add to `request`: `x-amz-date`, `x-amz-security-token` (temporary credentials
 * only) and `authorization`. Signed are `Host`, every `x-amz-*` header, `Content-Type`,
 * `Content-Range` and `Range`.
 */
export function signRequest(input: SigningInput): [name: string, value: string][] {
  checkUnsigned(input.request);
  const { accessKeyId, sessionToken } = input.credentials;
  const added: [string, string][] = [["x-amz-date", formatIsoBasic(input.nowMs)]];
  if (sessionToken !== undefined) {
    added.push(["x-amz-security-token", sessionToken]);
  }
  const request = { ...input.request, headers: [...input.request.headers, ...added] };
  const signedHeaders = listSignedHeaders(request);
  const authorization = [
    `${ALGORITHM} Credential=${accessKeyId}/${formatScope(scopeOf(input))}`,
    `SignedHeaders=${signedHeaders.join(";")}`,
    `Signature=${computeRequestSignature({ ...input, request }, signedHeaders)}`,
  ].join(", ");
  return [...added, ["authorization", authorization]];
}

/**
 * The query to append to that of `request` (without a leading `?` or `&`), after which the
 * request is valid for `expiresSeconds` (1 to 604800). The signed headers are those of
 * `signRequest`, and must be sent.
 */
export function presignRequest(input: SigningInput & { readonly expiresSeconds: number }): string {
  checkUnsigned(input.request);
  const { expiresSeconds, credentials } = input;
  assert(
    Number.isInteger(expiresSeconds) &&
      expiresSeconds >= 1 &&
      expiresSeconds <= MAX_EXPIRES_SECONDS,
    `expiresSeconds must be an integer from 1 to ${MAX_EXPIRES_SECONDS}; got ${expiresSeconds}`,
  );
  const signedHeaders = listSignedHeaders(input.request);
  const parameters: [string, string][] = [
    ["X-Amz-Algorithm", ALGORITHM],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${formatScope(scopeOf(input))}`],
    ["X-Amz-Date", formatIsoBasic(input.nowMs)],
    ["X-Amz-Expires", String(expiresSeconds)],
    ["X-Amz-SignedHeaders", signedHeaders.join(";")],
  ];
  if (credentials.sessionToken !== undefined) {
    parameters.push(["X-Amz-Security-Token", credentials.sessionToken]);
  }
  const added = parameters.map(([name, value]) => `${name}=${encodePercent(value)}`).join("&");
  const query = input.request.query === "" ? added : `${input.request.query}&${added}`;
  const request = { ...input.request, query };
  const signature = computeRequestSignature({ ...input, request }, signedHeaders);
  return `${added}&${SIGNATURE_PARAMETER}=${signature}`;
}

function scopeOf({ nowMs, region, service }: SigningInput): CredentialScope {
  return { date: formatIsoBasic(nowMs).slice(0, 8), region, service };
}

function checkUnsigned(request: WireRequest): void {
  const names = new Set(request.headers.map(([name]) => name.toLowerCase()));
  assert(names.has("host"), "a request must have its Host header before it is signed");
  for (const name of ["authorization", "x-amz-date", "x-amz-security-token"]) {
    assert(!names.has(name), `a request must have no ${name} header before it is signed`);
  }
}

const signableNames = new Set(["host", "content-type", "content-range", "range"]);

/**
 * Sorted; without headers such as `User-Agent` that something between client and server may change.
 */
function listSignedHeaders(request: WireRequest): string[] {
  const names = request.headers
    .map(([name]) => name.toLowerCase())
    .filter((name) => name.startsWith("x-amz-") || signableNames.has(name));
  return [...new Set(names)].sort();
}

function computeRequestSignature(input: SigningInput, signedHeaders: readonly string[]): string {
  const { request, credentials, payloadHash, nowMs, sha256, hmacSha256 } = input;
  const scope = scopeOf(input);
  const { accessKeyId, secretAccessKey } = credentials;
  return computeSignature({
    signingKey: deriveSigningKey({ accessKeyId, secretAccessKey, scope }, hmacSha256),
    stringToSign: stringToSign({
      signedAtMs: nowMs,
      scope,
      canonicalRequest: canonicalRequest(request, { signedHeaders, payloadHash }),
      sha256,
    }),
    hmacSha256,
  });
}
