/** Builders of signed requests for the tests of this folder; no production code imports them. */
import type { HmacSha256, Sha256 } from "../../../std/hasher.ts";
import { parseAuthorization } from "../authorization.ts";
import { EMPTY_PAYLOAD_HASH } from "../payload-hash.ts";
import { presignRequest, type SigningInput, signRequest } from "../sign.ts";
import { createSigningKeyCache } from "../signing-key.ts";
import { type VerificationInput, verifyRequest } from "../verify.ts";
import type { WireRequest } from "../wire-request.ts";

/** The key pair of the guide's signing examples. */
export const exampleCredentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

export const exampleNowMs = Date.UTC(2012, 4, 25, 0, 24, 53);

/** The unsigned request of the guide's first example (contract §1.3), with `changes`. */
export function buildRequest(changes: Partial<WireRequest> = {}): WireRequest {
  return {
    method: "PUT",
    path: "/-/vaults/examplevault",
    query: "",
    headers: [
      ["Host", "glacier.us-east-1.amazonaws.com"],
      ["x-amz-glacier-version", "2012-06-01"],
    ],
    ...changes,
  };
}

/** Signs and verifies as the example's user, at the example's time unless told otherwise. */
export interface ExampleSigner {
  /** What `signRequest` takes for `request`. */
  buildSigningInput(request: WireRequest): SigningInput;
  /** `request` in the header form. */
  signed(request: WireRequest, changes?: Partial<SigningInput>): WireRequest;
  /** `request` in the query form, valid for an hour. */
  presigned(request: WireRequest, changes?: Partial<SigningInput>): WireRequest;
  /** Parses and verifies `request`. */
  verify(request: WireRequest, changes?: Partial<VerificationInput>): void;
}

/** An `ExampleSigner` on the hash functions given. */
export function buildExampleSigner(hashers: {
  readonly sha256: Sha256;
  readonly hmacSha256: HmacSha256;
}): ExampleSigner {
  const buildSigningInput = (request: WireRequest): SigningInput => ({
    request,
    credentials: exampleCredentials,
    region: "us-east-1",
    service: "glacier",
    nowMs: exampleNowMs,
    payloadHash: EMPTY_PAYLOAD_HASH,
    ...hashers,
  });
  return {
    buildSigningInput,
    signed(request, changes = {}) {
      const added = signRequest({ ...buildSigningInput(request), ...changes });
      return { ...request, headers: [...request.headers, ...added] };
    },
    presigned(request, changes = {}) {
      const input = { ...buildSigningInput(request), expiresSeconds: 3600, ...changes };
      const added = presignRequest(input);
      return { ...request, query: request.query === "" ? added : `${request.query}&${added}` };
    },
    verify(request, changes = {}) {
      verifyRequest({
        request,
        authorization: parseAuthorization(request),
        secretAccessKey: exampleCredentials.secretAccessKey,
        payloadHash: EMPTY_PAYLOAD_HASH,
        nowMs: exampleNowMs,
        skewMs: 300_000,
        keys: createSigningKeyCache({ maxEntries: 8 }),
        ...hashers,
        ...changes,
      });
    },
  };
}

/** `request` with the value of each header `name` changed. */
export function withHeader(
  request: WireRequest,
  name: string,
  change: (value: string) => string,
): WireRequest {
  const headers = request.headers.map(([candidate, value]): [string, string] => [
    candidate,
    candidate.toLowerCase() === name ? change(value) : value,
  ]);
  return { ...request, headers };
}

/** UTF-8 bytes of `text`, one code unit per byte: how a wire request holds it. */
export function wireText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
