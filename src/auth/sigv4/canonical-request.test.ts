import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AssertionError } from "../../std/assert.ts";
import { formatHex } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { canonicalPathForms } from "./canonical-path.ts";
import { canonicalQueryForms } from "./canonical-query.ts";
import { canonicalRequest, canonicalRequestForms } from "./canonical-request.ts";
import { EMPTY_PAYLOAD_HASH } from "./payload-hash.ts";
import { buildRequest, wireText } from "./testing/signed-requests.ts";
import type { WireRequest } from "./wire-request.ts";

describe("canonicalRequest", () => {
  it("gives the hash published for the guide's CreateVault example", () => {
    const request = buildRequest({
      headers: [...buildRequest().headers, ["X-Amz-Date", "20120525T002453Z"]],
    });
    const canonical = canonicalRequest(request, {
      signedHeaders: ["host", "x-amz-date", "x-amz-glacier-version"],
      payloadHash: EMPTY_PAYLOAD_HASH,
    });
    assert.equal(
      Buffer.from(canonical).toString(),
      "PUT\n/-/vaults/examplevault\n\nhost:glacier.us-east-1.amazonaws.com\n" +
        "x-amz-date:20120525T002453Z\nx-amz-glacier-version:2012-06-01\n\n" +
        `host;x-amz-date;x-amz-glacier-version\n${EMPTY_PAYLOAD_HASH}`,
    );
    assert.equal(
      formatHex(sha256(canonical)),
      "5f1da1a2d0feb614dd03d71e87928b8e449ac87614479332aced3a701f916743",
    );
  });

  it("gives the hash published for the UploadArchive example", () => {
    const payloadHash = formatHex(sha256(Buffer.from("Welcome to Amazon Glacier.")));
    const request = buildRequest({
      method: "POST",
      path: "/-/vaults/examplevault/archives",
      headers: [
        ...buildRequest().headers,
        ["x-amz-content-sha256", payloadHash],
        ["x-amz-date", "20120507T000000Z"],
      ],
    });
    const canonical = canonicalRequest(request, {
      signedHeaders: ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-glacier-version"],
      payloadHash,
    });
    assert.equal(
      formatHex(sha256(canonical)),
      "f3df090abf5698dbe2230b41165a7b8991f9616ef67de13ac283577a02732819",
    );
  });

  it("refuses a signed header that the request does not carry, naming it", () => {
    assert.throws(() => headerLines([], ["x-amz-date"]), {
      code: "InvalidSignatureException",
      message: /'x-amz-date'/,
    });
  });

  it("refuses text that is not one code unit per byte as a defect of the caller", () => {
    assert.throws(() => headerLines([["x-amz-a", "\u3042"]], ["x-amz-a"]), AssertionError);
  });
});

describe("canonical header lines", () => {
  it("trim values and turn inner runs of blanks into one space", () => {
    assert.equal(
      headerLines(
        [["X-Amz-Archive-Description", " \t my  \t archive \t"]],
        ["x-amz-archive-description"],
      ),
      "x-amz-archive-description:my archive\n",
    );
  });

  it("join duplicates with a comma in wire order, each folded on its own", () => {
    const headers: [string, string][] = [
      ["X-Amz-A", " b "],
      ["Host", "h"],
      ["x-amz-a", "a  a"],
    ];
    assert.equal(headerLines(headers, ["x-amz-a"]), "x-amz-a:b,a a\n");
  });

  it("keep an empty value as an empty line", () => {
    assert.equal(
      headerLines([["X-Amz-Sha256-Tree-Hash", ""]], ["x-amz-sha256-tree-hash"]),
      "x-amz-sha256-tree-hash:\n",
    );
  });

  it("hold the bytes received, even those that JavaScript takes for white space", () => {
    const value = wireText("\u00e0 la carte \u3042\u00a0");
    const canonical = canonicalRequest(buildRequest({ headers: [["x-amz-a", value]] }), {
      signedHeaders: ["x-amz-a"],
      payloadHash: EMPTY_PAYLOAD_HASH,
    });
    assert.ok(
      Buffer.from(canonical).includes(Buffer.from("x-amz-a:\u00e0 la carte \u3042\u00a0\n")),
    );
  });

  it("fold a long run of blanks in linear time", () => {
    const value = `a${" ".repeat(200_000)}b`;
    const startMs = performance.now();
    assert.equal(headerLines([["x-amz-a", value]], ["x-amz-a"]), "x-amz-a:a b\n");
    assert.ok(performance.now() - startMs < 1000);
  });

  it("offer a second form with blanks kept in values that hold a quotation mark", () => {
    const request = buildRequest({
      headers: [
        ["host", "h"],
        ["x-amz-a", ' "a  b" '],
        ["x-amz-b", "c  d"],
      ],
    });
    const forms = listForms(request, ["host", "x-amz-a", "x-amz-b"]);
    assert.equal(forms.length, 2);
    assert.match(forms[0]!, /x-amz-a:"a b"\nx-amz-b:c d\n/);
    assert.match(forms[1]!, /x-amz-a:"a {2}b"\nx-amz-b:c d\n/);
  });
});

describe("canonicalPathForms", () => {
  const rows: [path: string, forms: string[]][] = [
    ["", ["/"]],
    ["/", ["/"]],
    ["/-/vaults/examplevault", ["/-/vaults/examplevault"]],
    ["/-/vaults/a%20b%3Ac/tags", ["/-/vaults/a%2520b%253Ac/tags"]],
    ["/-/vaults/a:b(c)*!'~", ["/-/vaults/a%3Ab%28c%29%2A%21%27~"]],
    [wireText("/\u00e9"), ["/%C3%A9"]],
    ["/-/vaults/x/", ["/-/vaults/x/"]],
    ["//vaults/x", ["//vaults/x", "/vaults/x"]],
    ["/-//vaults/./x/../y/", ["/-//vaults/./x/../y/", "/-/vaults/y/"]],
    ["/../..", ["/../..", "/"]],
    ["/-/vaults/%2E%2E", ["/-/vaults/%252E%252E"]],
  ];
  for (const [path, forms] of rows) {
    it(`gives ${forms.join(" or ")} for ${JSON.stringify(path)}`, () => {
      assert.deepEqual(canonicalPathForms(path), forms);
    });
  }
});

describe("canonicalQueryForms", () => {
  const rows: [query: string, forms: string[]][] = [
    ["", [""]],
    ["marker=arn%3Aaws%2Fx&limit=1", ["limit=1&marker=arn%3Aaws%2Fx"]],
    ["b=2&a=2&a=1&a-b=0", ["a=1&a=2&a-b=0&b=2"]],
    ["operation", ["operation="]],
    ["a=b=c", ["a=b%3Dc", "a=b=c"]],
    ["a=%c3%a9", ["a=%C3%A9", "a=%c3%a9"]],
    ["a=x+y", ["a=x%2By", "a=x+y"]],
    ["a=x%2By%20z", ["a=x%2By%20z"]],
    ["a=100%", ["a=100%25", "a=100%"]],
    ["a=~!*", ["a=~%21%2A", "a=~!*"]],
    ["a=1&&b=2", ["a=1&b=2", "=&a=1&b=2"]],
    ["X-Amz-Signature=00&a=1", ["a=1"]],
  ];
  for (const [query, forms] of rows) {
    it(`gives ${JSON.stringify(forms)} for ${JSON.stringify(query)}`, () => {
      assert.deepEqual(canonicalQueryForms(query), forms);
    });
  }
});

function headerLines(headers: [string, string][], signedHeaders: string[]): string {
  const canonical = canonicalRequest(buildRequest({ headers }), {
    signedHeaders,
    payloadHash: EMPTY_PAYLOAD_HASH,
  });
  return Buffer.from(canonical).toString("latin1").split("\n").slice(3, -3).join("\n").concat("\n");
}

function listForms(request: WireRequest, signedHeaders: string[]): string[] {
  const parts = { signedHeaders, payloadHash: EMPTY_PAYLOAD_HASH };
  return [...canonicalRequestForms(request, parts)].map((form) => Buffer.from(form).toString());
}
