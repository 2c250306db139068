/** Finds out who sent a request (contract §1.2, §1.3). */
import { parseAuthorization } from "../auth/sigv4/authorization.ts";
import { EMPTY_PAYLOAD_HASH, payloadHashMismatch } from "../auth/sigv4/payload-hash.ts";
import { decideService } from "../auth/sigv4/scope.ts";
import type { SigningKeyCache } from "../auth/sigv4/signing-key.ts";
import { verifyRequest } from "../auth/sigv4/verify.ts";
import { invalidParameter, missingParameter, ServiceError } from "../domain/errors.ts";
import { CLOCK_SKEW_MAX_MS, JSON_BODY_MAX_BYTES } from "../domain/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { CredentialStore, Principal } from "../ports/credential-store.ts";
import { formatHex, utf8Bytes } from "../std/bytes.ts";
import type { HmacSha256, Sha256 } from "../std/hasher.ts";
import type { Exchange } from "./exchange.ts";
import { bodyTooLong, readWhole } from "./request-body.ts";
import { isAscii } from "./request-headers.ts";

export interface AuthenticationServices {
  readonly credentials: CredentialStore;
  readonly keys: SigningKeyCache;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly hmacSha256: HmacSha256;
  /** For clients whose scope names no region of ours (contract §0 C). */
  readonly defaultRegion: string;
  /** Services that the API listener answers for. */
  readonly servedServices: readonly string[];
}

export interface Authenticated {
  readonly principal: Principal;
  readonly accessKeyId: string;
  /** The region the request was signed for. */
  readonly region: string;
  /** One of the served services: `glacier`, `iam`, … */
  readonly service: string;
  /** The body, when it had to be read to check the signature. */
  readonly wholeBody: Uint8Array | undefined;
}

/**
 * Verifies the signature. A body is read first only when no header states its hash; otherwise the header is
 * what is verified here, and the body is checked against it when it is read. `isUpload`: the body is an
 * archive or a part, whose hash must be stated.
 */
export async function authenticate(
  exchange: Exchange,
  isUpload: boolean,
  services: AuthenticationServices,
): Promise<Authenticated> {
  const authorization = parseAuthorization(exchange.wire);
  const { region, service } = decideService({
    scope: authorization.scope,
    hostHeader: exchange.headers.get("host"),
    servedServices: services.servedServices,
    defaultRegion: services.defaultRegion,
  });
  const key = await services.credentials.findAccessKey(authorization.accessKeyId);
  if (key === undefined || authorization.securityToken !== undefined) {
    throw new ServiceError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  const { payloadHash, wholeBody } = await readPayloadHash(exchange, isUpload, services.sha256);
  verifyRequest({
    request: exchange.wire,
    authorization,
    secretAccessKey: key.secretAccessKey,
    payloadHash: bytesAsText(payloadHash),
    nowMs: services.clock.nowMs(),
    skewMs: CLOCK_SKEW_MAX_MS,
    keys: services.keys,
    sha256: services.sha256,
    hmacSha256: services.hmacSha256,
  });
  checkPayloadHashForm(payloadHash);
  return { principal: key.principal, accessKeyId: key.accessKeyId, region, service, wholeBody };
}

/** A signature covers bytes: text as one code unit per byte of its UTF-8. */
function bytesAsText(text: string): string {
  return isAscii(text) ? text : String.fromCharCode(...utf8Bytes(text));
}

async function readPayloadHash(
  exchange: Exchange,
  isUpload: boolean,
  sha256: Sha256,
): Promise<{ payloadHash: string; wholeBody: Uint8Array | undefined }> {
  const stated = exchange.headers.get("x-amz-content-sha256");
  if (stated !== undefined) {
    return { payloadHash: stated, wholeBody: undefined };
  }
  if (exchange.announcedBytes === 0) {
    return { payloadHash: EMPTY_PAYLOAD_HASH, wholeBody: undefined };
  }
  if (isUpload) {
    throw missingParameter("x-amz-content-sha256");
  }
  const wholeBody = await readBoundedBody(exchange);
  return { payloadHash: formatHex(sha256(wholeBody)), wholeBody };
}

/** Neither `UNSIGNED-PAYLOAD` nor chunk signing exists in this API (contract §1.3). */
function checkPayloadHashForm(payloadHash: string): void {
  if (!/^[0-9a-f]{64}$/.test(payloadHash)) {
    throw invalidParameter(
      `Invalid x-amz-content-sha256: ${payloadHash}. It must be the SHA-256 of the payload as 64 lower-case hex digits.`,
    );
  }
}

/**
 * The body of an operation that is not an upload, checked against `x-amz-content-sha256` when that was
 * what the signature covered.
 */
export async function readCheckedBody(
  exchange: Exchange,
  authenticated: Authenticated,
  sha256: Sha256,
): Promise<Uint8Array> {
  if (authenticated.wholeBody !== undefined) {
    return authenticated.wholeBody;
  }
  const bytes = await readBoundedBody(exchange);
  const expected = exchange.headers.get("x-amz-content-sha256") ?? EMPTY_PAYLOAD_HASH;
  const computed = bytes.length === 0 ? EMPTY_PAYLOAD_HASH : formatHex(sha256(bytes));
  if (computed !== expected) {
    throw payloadHashMismatch({ computed, expected });
  }
  return bytes;
}

async function readBoundedBody(exchange: Exchange): Promise<Uint8Array> {
  const { announcedBytes } = exchange;
  if (announcedBytes !== undefined && announcedBytes > JSON_BODY_MAX_BYTES) {
    throw bodyTooLong(announcedBytes, JSON_BODY_MAX_BYTES);
  }
  return announcedBytes === 0 ? new Uint8Array() : readWhole(exchange.body, JSON_BODY_MAX_BYTES);
}
