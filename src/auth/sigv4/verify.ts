/** Verification of a signed request (contract §1.3). */

import { invalidSignature, type ServiceError } from "../../domain/errors.ts";
import { assert } from "../../std/assert.ts";
import type { HmacSha256, Sha256 } from "../../std/hasher.ts";
import { formatIsoBasic } from "../../std/iso-time.ts";
import type { Authorization } from "./authorization.ts";
import { canonicalRequestForms } from "./canonical-request.ts";
import { computeSignature, type SigningKeyCache } from "./signing-key.ts";
import { stringToSign } from "./string-to-sign.ts";
import type { WireRequest } from "./wire-request.ts";

/** All that a verification needs. */
export interface VerificationInput {
  readonly request: WireRequest;
  /** What `parseAuthorization` read from the same request. */
  readonly authorization: Authorization;
  /** The secret of `authorization.accessKeyId`. */
  readonly secretAccessKey: string;
  /**
   * Hex SHA-256 of the body: of the body received, or as a header states it when that is checked
   * later.
   */
  readonly payloadHash: string;
  readonly nowMs: number;
  /** How far the two clocks may be apart; that far exactly is still accepted. */
  readonly skewMs: number;
  readonly keys: SigningKeyCache;
  readonly sha256: Sha256;
  readonly hmacSha256: HmacSha256;
}

/**
 * Returns when the request was signed with the secret, covers what it must and is neither old nor
 * early.
 *
 * Errors: `InvalidSignatureException` for an unsigned `Host` or `x-amz-*` header, for a signing
 * date out of its window, and for a signature that no form of the canonical request gives.
 */
export function verifyRequest(input: VerificationInput): void {
  checkCoverage(input.request, input.authorization);
  checkDate(input);
  checkSignature(input);
}

/**
 * `Host` and every `x-amz-*` header must be signed; any other header may be (contract §0 I, §8a).
 */
function checkCoverage(request: WireRequest, authorization: Authorization): void {
  const signed = new Set(authorization.signedHeaders);
  if (authorization.form === "query") {
    // boto3 leaves the version out of the URLs it presigns: it is sent beside the URL, and grants nothing.
    signed.add("x-amz-glacier-version");
  }
  if (!signed.has("host")) {
    throw invalidSignature("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const unsigned: string[] = [];
  for (const [mixedCase] of request.headers) {
    const name = mixedCase.toLowerCase();
    if (name.startsWith("x-amz-") && !signed.has(name)) {
      unsigned.push(name);
    }
  }
  if (unsigned.length > 0) {
    throw invalidSignature(
      `There were headers present in the request which were not signed: ${unsigned.join(", ")}`,
    );
  }
}

/**
 * The window is from `skewMs` before the signing date to `skewMs` after it, or to the stated
 * expiry.
 */
function checkDate({ authorization, nowMs, skewMs }: VerificationInput): void {
  const { signedAtMs, expiresAtMs } = authorization;
  const minutes = skewMs / 60_000;
  if (signedAtMs > nowMs + skewMs) {
    throw invalidSignature(
      `Signature not yet current: ${formatIsoBasic(signedAtMs)} is still later than ` +
        `${formatIsoBasic(nowMs + skewMs)} (${formatIsoBasic(nowMs)} + ${minutes} min.)`,
    );
  }
  if (expiresAtMs !== undefined && expiresAtMs < nowMs) {
    throw invalidSignature(
      `Signature expired: ${formatIsoBasic(expiresAtMs)} is now earlier than ` +
        `${formatIsoBasic(nowMs)}`,
    );
  }
  if (expiresAtMs === undefined && signedAtMs < nowMs - skewMs) {
    throw invalidSignature(
      `Signature expired: ${formatIsoBasic(signedAtMs)} is now earlier than ` +
        `${formatIsoBasic(nowMs - skewMs)} (${formatIsoBasic(nowMs)} - ${minutes} min.)`,
    );
  }
}

function checkSignature(input: VerificationInput): void {
  const { request, authorization, secretAccessKey, payloadHash, sha256, hmacSha256 } = input;
  const { accessKeyId, scope, signedAtMs, signedHeaders, signature } = authorization;
  const signingKey = input.keys.getSigningKey({ accessKeyId, secretAccessKey, scope }, hmacSha256);
  let refusal: ServiceError | undefined;
  for (const canonical of canonicalRequestForms(request, { signedHeaders, payloadHash })) {
    const text = stringToSign({ signedAtMs, scope, canonicalRequest: canonical, sha256 });
    if (
      isSameSecretly(computeSignature({ signingKey, stringToSign: text, hmacSha256 }), signature)
    ) {
      return;
    }
    refusal ??= signatureMismatch(canonical, text);
  }
  assert(refusal !== undefined, "every request has at least one canonical form");
  throw refusal;
}

/**
 * Compares in a time that depends on the length alone, so that no prefix of a signature can be
 * guessed.
 */
function isSameSecretly(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index += 1) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  }
  return difference === 0;
}

/**
 * Shows what the client should have signed, as AWS does; both texts hold only what the client sent.
 */
function signatureMismatch(canonical: Uint8Array, text: string): ServiceError {
  return invalidSignature(
    "The request signature we calculated does not match the signature you provided. " +
      "Check your AWS Secret Access Key and signing method. " +
      "Consult the service documentation for details.\n\n" +
      `The Canonical String for this request should have been\n'${decodeLoosely(canonical)}'\n\n` +
      `The String-to-Sign should have been\n'${text}'\n`,
  );
}

function decodeLoosely(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
