import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hmacSha256, sha256 } from "../../std/hasher-node.ts";
import { parseAuthorization } from "./authorization.ts";
import { EMPTY_PAYLOAD_HASH } from "./payload-hash.ts";
import {
  buildExampleSigner,
  buildRequest,
  exampleCredentials,
  exampleNowMs,
  wireText,
  withHeader,
} from "./testing/signed-requests.ts";
import type { WireRequest } from "./wire-request.ts";

const { presigned, signed, verify } = buildExampleSigner({ sha256, hmacSha256 });

const code = "InvalidSignatureException";
const skewMs = 300_000;
const payloadHash = "726e392cb4d09924dbad1cc0ba3b00c3643d03d14cb4b823e2f041cff612a628";

describe("verifyRequest", () => {
  it("accepts the guide's CreateVault example as printed", () => {
    const authorization =
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20120525/us-east-1/glacier/aws4_request, " +
      "SignedHeaders=host;x-amz-date;x-amz-glacier-version, " +
      "Signature=3ce5b2f2fffac9262b4da9256f8d086b4aaf42eba5f111c21681a65a127b7c2a";
    verify(buildExample("20120525T002453Z", [["Authorization", authorization]]));
  });

  it("accepts the guide's UploadArchive example with commas that no space follows", () => {
    const request = buildExample("20120507T000000Z", [
      ["x-amz-content-sha256", payloadHash],
      [
        "Authorization",
        "AWS4-HMAC-SHA256 " +
          "Credential=AKIAIOSFODNN7EXAMPLE/20120507/us-east-1/glacier/aws4_request," +
          "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-glacier-version," +
          "Signature=b092397439375d59119072764a1e9a144677c43d9906fd98a5742c57a2855de6",
      ],
    ]);
    const upload = { ...request, method: "POST", path: "/-/vaults/examplevault/archives" };
    verify(upload, { payloadHash, nowMs: Date.UTC(2012, 4, 7) });
    const printedPath = { ...upload, path: "/-/vaults/examplevault" };
    assert.throws(() => verify(printedPath, { payloadHash, nowMs: Date.UTC(2012, 4, 7) }), {
      code,
    });
  });

  it("shows what should have been signed, and neither the secret nor the right signature", () => {
    const right = parseAuthorization(signed(buildRequest())).signature;
    const request = withHeader(signed(buildRequest()), "authorization", (value) =>
      value.replace(right, "0".repeat(64)),
    );
    const error = refusal(request);
    assert.equal(
      error.message,
      "The request signature we calculated does not match the signature you provided. Check your " +
        "AWS Secret Access Key and signing method. Consult the service documentation for details." +
        "\n\nThe Canonical String for this request should have been\n'PUT\n" +
        "/-/vaults/examplevault\n\nhost:glacier.us-east-1.amazonaws.com\n" +
        "x-amz-date:20120525T002453Z\nx-amz-glacier-version:2012-06-01\n\n" +
        `host;x-amz-date;x-amz-glacier-version\n${EMPTY_PAYLOAD_HASH}'\n\n` +
        "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20120525T002453Z\n" +
        "20120525/us-east-1/glacier/aws4_request\n" +
        "5f1da1a2d0feb614dd03d71e87928b8e449ac87614479332aced3a701f916743'\n",
    );
    assert.ok(!error.message.includes(right));
    assert.ok(!error.message.includes(exampleCredentials.secretAccessKey));
  });

  it("refuses another secret and another payload hash", () => {
    const request = signed(buildRequest());
    assert.throws(() => verify(request, { secretAccessKey: "other" }), { code });
    assert.throws(() => verify(request, { payloadHash }), { code });
  });

  it("refuses an unsigned Host", () => {
    const request = withHeader(signed(buildRequest()), "authorization", (value) =>
      value.replace("host;", ""),
    );
    assert.throws(() => verify(request), { code, message: /^'Host' must be a 'SignedHeader'/ });
  });

  it("refuses an unsigned x-amz header in any case, naming it", () => {
    const request = signed(buildRequest());
    const headers: WireRequest["headers"] = [...request.headers, ["X-AMZ-Part-Size", "1048576"]];
    assert.throws(() => verify({ ...request, headers }), { code, message: /: x-amz-part-size$/ });
  });

  it("accepts unsigned headers of any other name", () => {
    const request = signed(buildRequest());
    const extra: [string, string][] = [
      ["amz-sdk-invocation-id", "1"],
      ["amz-sdk-request", "attempt=1"],
      ["x-amzn-trace-id", "Root=1"],
      ["User-Agent", "test"],
      ["Content-Type", "application/json"],
      ["Date", "Fri, 25 May 2012 00:24:53 GMT"],
    ];
    verify({ ...request, headers: [...request.headers, ...extra] });
  });

  it("accepts a description of UTF-8 bytes and refuses the same text in other bytes", () => {
    const description = wireText("d\u00e9j\u00e0 \u3042");
    const request = signed(withDescription(description));
    verify(request);
    const other = withHeader(request, "x-amz-archive-description", () => "d\u00e9j\u00e0 ?");
    assert.throws(() => verify(other), { code });
  });

  it("accepts an empty signed header and a value that was folded on its way", () => {
    verify(signed(withDescription("")));
    const request = signed(withDescription("two  blanks"));
    verify(withHeader(request, "x-amz-archive-description", () => " two blanks\t"));
  });

  it("accepts a signature over the collapsed path of a path with empty or dot segments", () => {
    const collapsed = signed(buildRequest({ path: "/vaults/x" }));
    verify({ ...collapsed, path: "//vaults/x" });
    verify({ ...collapsed, path: "/vaults/./y/../x" });
    assert.throws(() => verify({ ...collapsed, path: "//vaults/x/" }), { code });
    verify(signed(buildRequest({ path: "//vaults/x" })));
  });

  it("checks the signing date before the signature", () => {
    const request = withHeader(signed(buildRequest()), "host", () => "other");
    assert.throws(() => verify(request, { nowMs: 0 }), { message: /^Signature not yet current/ });
  });
});

describe("the window of the header form", () => {
  it("includes both its ends", () => {
    verify(signed(buildRequest()), { nowMs: exampleNowMs + skewMs });
    verify(signed(buildRequest()), { nowMs: exampleNowMs - skewMs });
  });

  it("excludes the millisecond after its late end, with the recorded message", () => {
    assert.throws(() => verify(signed(buildRequest()), { nowMs: exampleNowMs + skewMs + 1 }), {
      code,
      message:
        "Signature expired: 20120525T002453Z is now earlier than 20120525T002453Z " +
        "(20120525T002953Z - 5 min.)",
    });
  });

  it("excludes the millisecond before its early end, with the recorded message", () => {
    assert.throws(() => verify(signed(buildRequest()), { nowMs: exampleNowMs - skewMs - 1 }), {
      code,
      message:
        "Signature not yet current: 20120525T002453Z is still later than 20120525T002452Z " +
        "(20120525T001952Z + 5 min.)",
    });
  });
});

describe("the window of the query form", () => {
  it("runs from the skew before the signing date to the expiry, both included", () => {
    verify(presigned(buildRequest()), { nowMs: exampleNowMs - skewMs });
    verify(presigned(buildRequest()), { nowMs: exampleNowMs + 3_600_000 });
  });

  it("excludes the millisecond after the expiry", () => {
    assert.throws(() => verify(presigned(buildRequest()), { nowMs: exampleNowMs + 3_600_001 }), {
      code,
      message: "Signature expired: 20120525T012453Z is now earlier than 20120525T012453Z",
    });
  });

  it("excludes the millisecond before its early end", () => {
    assert.throws(() => verify(presigned(buildRequest()), { nowMs: exampleNowMs - skewMs - 1 }), {
      code,
      message: /^Signature not yet current/,
    });
  });
});

function buildExample(date: string, headers: [string, string][]): WireRequest {
  return buildRequest({ headers: [...buildRequest().headers, ["x-amz-date", date], ...headers] });
}

function withDescription(description: string): WireRequest {
  const headers: WireRequest["headers"] = [
    ...buildRequest().headers,
    ["x-amz-archive-description", description],
  ];
  return buildRequest({ headers });
}

function refusal(request: WireRequest): Error {
  try {
    verify(request);
  } catch (error) {
    return error as Error;
  }
  throw new assert.AssertionError({ message: "the request was accepted" });
}
