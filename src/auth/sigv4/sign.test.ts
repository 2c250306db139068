import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ServiceError } from "../../domain/errors.ts";
import { AssertionError } from "../../std/assert.ts";
import { hmacSha256, sha256 } from "../../std/hasher-node.ts";
import { parseAuthorization } from "./authorization.ts";
import { EMPTY_PAYLOAD_HASH } from "./payload-hash.ts";
import { presignRequest, signRequest } from "./sign.ts";
import {
  buildExampleSigner,
  buildRequest,
  exampleCredentials,
  exampleNowMs,
  withHeader,
} from "./testing/signed-requests.ts";
import type { WireRequest } from "./wire-request.ts";

const { buildSigningInput, presigned, signed, verify } = buildExampleSigner({ sha256, hmacSha256 });

describe("signRequest", () => {
  it("gives the headers of the guide's CreateVault example, leaving its Date unsigned", () => {
    const request = buildRequest({
      headers: [["Date", "Fri, 25 May 2012 00:24:53 GMT"], ...buildRequest().headers],
    });
    assert.deepEqual(signRequest(buildSigningInput(request)), [
      ["x-amz-date", "20120525T002453Z"],
      [
        "authorization",
        "AWS4-HMAC-SHA256 " +
          "Credential=AKIAIOSFODNN7EXAMPLE/20120525/us-east-1/glacier/aws4_request, " +
          "SignedHeaders=host;x-amz-date;x-amz-glacier-version, " +
          "Signature=3ce5b2f2fffac9262b4da9256f8d086b4aaf42eba5f111c21681a65a127b7c2a",
      ],
    ]);
  });

  it("gives the signature published for the UploadArchive example", () => {
    const payloadHash = "726e392cb4d09924dbad1cc0ba3b00c3643d03d14cb4b823e2f041cff612a628";
    const request = buildRequest({
      method: "POST",
      path: "/-/vaults/examplevault/archives",
      headers: [...buildRequest().headers, ["x-amz-content-sha256", payloadHash]],
    });
    const nowMs = Date.UTC(2012, 4, 7);
    const { signature } = parseAuthorization(signed(request, { payloadHash, nowMs }));
    assert.equal(signature, "b092397439375d59119072764a1e9a144677c43d9906fd98a5742c57a2855de6");
  });

  it("signs what a proxy leaves alone, duplicates once, and no more", () => {
    const names = ["Range", "x-amz-b", "User-Agent", "Content-Type", "X-Amz-B", "Content-Length"];
    const headers: WireRequest["headers"] = [
      ["Host", "h"],
      ...names.map((name): [string, string] => [name, "1"]),
      ["Content-Range", "bytes 0-1/*"],
    ];
    assert.deepEqual(parseAuthorization(signed(buildRequest({ headers }))).signedHeaders, [
      "content-range",
      "content-type",
      "host",
      "range",
      "x-amz-b",
      "x-amz-date",
    ]);
  });

  it("adds and signs the session token of temporary credentials", () => {
    const credentials = { ...exampleCredentials, sessionToken: "token" };
    for (const request of [
      signed(buildRequest(), { credentials }),
      presigned(buildRequest(), { credentials }),
    ]) {
      verify(request);
      assert.equal(parseAuthorization(request).securityToken, "token");
    }
  });

  it("refuses a request without Host or with parts of an authorization", () => {
    for (const headers of [
      [],
      signed(buildRequest()).headers,
      [["Host", "h"] as const, ["X-Amz-Date", "20120525T002453Z"] as const],
    ]) {
      const input = buildSigningInput(buildRequest({ headers }));
      assert.throws(() => signRequest(input), AssertionError);
      assert.throws(() => presignRequest({ ...input, expiresSeconds: 60 }), AssertionError);
    }
  });

  it("refuses to presign for less than a second or more than seven days", () => {
    const input = buildSigningInput(buildRequest());
    for (const expiresSeconds of [0, 1.5, 604_801]) {
      assert.throws(() => presignRequest({ ...input, expiresSeconds }), AssertionError);
    }
    for (const expiresSeconds of [1, 604_800]) {
      const query = presignRequest({ ...input, expiresSeconds });
      verify(buildRequest({ query }));
    }
  });
});

describe("signing and verifying", () => {
  const byteText = (minimum: number) =>
    fc
      .array(fc.integer({ min: minimum, max: 0xff }).filter((byte) => byte !== 0x7f))
      .map((bytes) => String.fromCharCode(...bytes));
  const path = fc.oneof(
    fc.webPath().map((text) => `/${text}`),
    byteText(0x21).map((text) => `/${text.replaceAll("?", "")}`),
  );
  const query = fc.oneof(
    fc.webQueryParameters(),
    byteText(0x21),
    fc.array(fc.constantFrom("a", "=", "&", "%", "2", "f", "+", "~", "-")).map((s) => s.join("")),
  );
  const headers = fc.array(
    fc.tuple(fc.constantFrom("x-amz-a", "X-Amz-B", "Content-Type", "User-Agent"), byteText(0x20)),
    { maxLength: 6 },
  );
  const requests: fc.Arbitrary<WireRequest> = fc
    .record({ method: fc.constantFrom("GET", "PUT", "POST", "DELETE"), path, query, headers })
    .map((parts) => ({ ...parts, headers: [["Host", "127.0.0.1:9720"], ...parts.headers] }));

  it("agree about every request in both forms", () => {
    fc.assert(
      fc.property(requests, (request) => {
        verify(signed(request));
        verify(presigned(request));
      }),
      { numRuns: 500 },
    );
  });

  it("agree at every instant and for every credential", () => {
    // A comma would end a part of the header form, and a slash a part of the credential.
    const text = fc.stringMatching(/^[!-+\-.0-~]+$/);
    fc.assert(
      fc.property(
        fc.record({ accessKeyId: text, secretAccessKey: fc.string({ unit: "binary" }) }),
        fc.record({ region: text, service: text }),
        fc.integer({ min: 0, max: Date.UTC(9999, 0) }),
        (credentials, scope, nowMs) => {
          const input = { credentials, ...scope, nowMs };
          const { secretAccessKey } = credentials;
          verify(signed(buildRequest(), input), { secretAccessKey, nowMs });
          verify(presigned(buildRequest(), input), { secretAccessKey, nowMs });
        },
      ),
    );
  });
});

describe("one changed character", () => {
  const request = buildRequest({
    method: "POST",
    path: "/-/vaults/a%20vault/archives",
    query: "operation=add&marker=arn%3Aaws",
    headers: [
      ["Host", "127.0.0.1:9720"],
      ["Content-Type", "application/json"],
      ["x-amz-archive-description", "my archive"],
      ["x-amz-content-sha256", EMPTY_PAYLOAD_HASH],
      ["x-amz-glacier-version", "2012-06-01"],
      ["x-amz-sha256-tree-hash", ""],
    ],
  });
  const headerForm = signed(request);
  const queryForm = presigned(request);

  for (const [form, original] of Object.entries({ headerForm, queryForm })) {
    it(`in the method, path or query is refused at every position of the ${form}`, () => {
      verify(original);
      for (const part of ["method", "path", "query"] as const) {
        const mutations = listMutations(original[part]);
        assert.ok(mutations.length > 0);
        for (const mutated of mutations) {
          assertRefused({ ...original, [part]: mutated });
        }
      }
    });

    it(`in the value of a header is refused at every position of the ${form}`, () => {
      for (const [name, value] of original.headers) {
        const mutations = value === "" ? ["x"] : listMutations(value);
        for (const mutated of mutations.filter((text) => !isSameParts(text, value))) {
          assertRefused(withHeader(original, name.toLowerCase(), () => mutated));
        }
      }
    });

    it(`in the name of a header is refused at every position of the ${form}`, () => {
      for (const [index, [name, value]] of original.headers.entries()) {
        for (const mutated of listMutations(name)) {
          assertRefused({ ...original, headers: original.headers.with(index, [mutated, value]) });
        }
      }
    });

    it(`in the payload hash is refused at every position of the ${form}`, () => {
      for (const mutated of listMutations(EMPTY_PAYLOAD_HASH)) {
        assertRefused(original, mutated);
      }
    });
  }
});

/** `text` with one character replaced by its successor and with one left out, at every position. */
function listMutations(text: string): string[] {
  return [...text].flatMap((character, index) => {
    const [before, after] = [text.slice(0, index), text.slice(index + 1)];
    const successor = String.fromCharCode(character.charCodeAt(0) + 1);
    return [`${before}${successor}${after}`, `${before}${after}`];
  });
}

/** The space after a comma of the Authorization header may be left out. */
function isSameParts(left: string, right: string): boolean {
  return left.replaceAll(", ", ",") === right.replaceAll(", ", ",");
}

/**
 * Looks the secret up by access key id, as a server does, since the id is no part of what is
 * signed.
 */
function assertRefused(request: WireRequest, payloadHash = EMPTY_PAYLOAD_HASH): void {
  assert.throws(
    () => {
      const { accessKeyId } = parseAuthorization(request);
      const known = accessKeyId === exampleCredentials.accessKeyId;
      const secretAccessKey = known ? exampleCredentials.secretAccessKey : "unknown";
      verify(request, { secretAccessKey, payloadHash, nowMs: exampleNowMs });
    },
    (error) => error instanceof ServiceError,
    JSON.stringify(request),
  );
}
