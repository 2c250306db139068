import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { formatHex } from "../../std/bytes.ts";
import { hmacSha256, sha256 } from "../../std/hasher-node.ts";
import { EMPTY_PAYLOAD_HASH } from "./payload-hash.ts";
import {
  buildExampleSigner,
  exampleCredentials,
  exampleNowMs,
  wireText,
} from "./testing/signed-requests.ts";
import type { WireRequest } from "./wire-request.ts";

const { verify } = buildExampleSigner({ sha256, hmacSha256 });

// No package types its signer for use from outside, so each is described here as it is used.
const require = createRequire(import.meta.url);

interface SignerCase {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const body = '{"Description":"d\u00e9j\u00e0"}';
const host = "127.0.0.1:9720";
const version = { "x-amz-glacier-version": "2012-06-01" };

const cases: readonly SignerCase[] = [
  request("a call without a body", {}),
  request("a list with a marker that needs encoding", {
    query: [
      ["marker", "arn:aws:glacier:us-east-1:012345678901:vaults/a b+c"],
      ["limit", "10"],
      ["statuscode", ""],
    ],
  }),
  request("a path with encoded characters", { path: "/-/vaults/a%20b%3Ac%25/tags" }),
  request("a path with reserved characters as they are", { path: "/-/vaults/a:b(c)*!'~@/tags" }),
  request("a path with empty and dot segments", { path: "//vaults/./x/../y" }),
  request("a path with a trailing slash", { path: "/-/vaults/" }),
  request("a body and its hashes", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Amz-Content-Sha256": formatHex(sha256(Buffer.from(body))),
      "X-Amz-Sha256-Tree-Hash": "",
      "x-amz-archive-description": "  two  blanks  and\ta tab ",
    },
    body,
  }),
];

describe("verifyRequest of requests that others signed", () => {
  for (const each of cases) {
    it(`accepts ${each.name} from aws4 in both forms`, () => {
      verifyCase(each, signWithAws4(each, false));
      verifyCase(each, signWithAws4(each, true));
    });

    it(`accepts ${each.name} from the AWS SDK for JavaScript v2 in both forms`, () => {
      verifyCase(each, signWithSdkV2(each, false));
      verifyCase(each, signWithSdkV2(each, true));
    });

    it(`accepts ${each.name} from the AWS SDK for JavaScript v3 in both forms`, async () => {
      verifyCase(each, await signWithSdkV3(each, false));
      verifyCase(each, await signWithSdkV3(each, true));
    });
  }
});

function request(name: string, changes: Partial<SignerCase>): SignerCase {
  const defaults = { method: "GET", path: "/-/vaults", query: [], body: "" };
  return { name, ...defaults, ...changes, headers: { ...version, ...changes.headers } };
}

function verifyCase(each: SignerCase, wire: WireRequest): void {
  const payloadHash = formatHex(sha256(Buffer.from(each.body)));
  verify(wire, { payloadHash });
  assert.throws(() => verify(wire, { payloadHash: EMPTY_PAYLOAD_HASH.replace("e", "f") }), {
    code: "InvalidSignatureException",
    message: /^The request signature we calculated does not match/,
  });
}

function formatQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
}

function formatTarget({ path, query }: SignerCase): string {
  return query.length === 0 ? path : `${path}?${formatQuery(query)}`;
}

function wireRequest(options: {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}): WireRequest {
  const end = options.target.indexOf("?");
  return {
    method: options.method,
    path: end === -1 ? options.target : options.target.slice(0, end),
    query: end === -1 ? "" : options.target.slice(end + 1),
    headers: Object.entries(options.headers).map(([name, value]) => [
      name,
      wireText(String(value)),
    ]),
  };
}

interface Aws4 {
  sign(
    request: {
      service: string;
      region: string;
      method: string;
      path: string;
      headers: Record<string, string>;
      body?: string;
      signQuery: boolean;
    },
    credentials: typeof exampleCredentials,
  ): { path: string; headers: Record<string, string> };
}

function signWithAws4(each: SignerCase, signQuery: boolean): WireRequest {
  const aws4 = require("aws4") as Aws4;
  const date = "20120525T002453Z";
  const target = formatTarget(each);
  const separator = each.query.length === 0 ? "?" : "&";
  const signed = aws4.sign(
    {
      service: "glacier",
      region: "us-east-1",
      method: each.method,
      path: signQuery ? `${target}${separator}X-Amz-Date=${date}&X-Amz-Expires=60` : target,
      headers: { Host: host, ...each.headers, ...(signQuery ? {} : { "X-Amz-Date": date }) },
      ...(each.body === "" ? {} : { body: each.body }),
      signQuery,
    },
    exampleCredentials,
  );
  return wireRequest({ method: each.method, target: signed.path, headers: signed.headers });
}

interface SdkV2HttpRequest {
  path: string;
  method: string;
  headers: Record<string, string>;
  body: string;
  region: string;
}

interface SdkV2 {
  readonly HttpRequest: new (endpoint: object, region: string) => SdkV2HttpRequest;
  readonly Endpoint: new (url: string) => object;
  readonly Signers: {
    readonly V4: new (
      request: SdkV2HttpRequest,
      service: string,
    ) => { addAuthorization(credentials: typeof exampleCredentials, date: Date): void };
  };
}

function signWithSdkV2(each: SignerCase, signQuery: boolean): WireRequest {
  const sdk = require("aws-sdk/global") as SdkV2;
  const http = new sdk.HttpRequest(new sdk.Endpoint(`http://${host}`), "us-east-1");
  http.method = each.method;
  http.path = formatTarget(each);
  http.headers = {
    Host: host,
    ...each.headers,
    ...(signQuery ? { "presigned-expires": "60" } : {}),
  };
  http.body = each.body;
  new sdk.Signers.V4(http, "glacier").addAuthorization(exampleCredentials, new Date(exampleNowMs));
  const { Authorization: authorization = "", "presigned-expires": _, ...headers } = http.headers;
  if (!signQuery) {
    return wireRequest({ method: each.method, target: http.path, headers: http.headers });
  }
  // What `AWS.Signers.Presign` does after signing.
  const [, signature = ""] = /Signature=(.*)$/.exec(authorization) ?? [];
  const target = `${http.path}&X-Amz-Signature=${signature}`;
  return wireRequest({ method: each.method, target, headers });
}

interface SdkV3Request {
  method: string;
  protocol: string;
  hostname: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: string;
}

interface SdkV3Module {
  readonly SignatureV4: new (options: {
    service: string;
    region: string;
    credentials: typeof exampleCredentials;
    sha256: object;
  }) => {
    sign(request: SdkV3Request, options: { signingDate: Date }): Promise<SdkV3Request>;
    presign(
      request: SdkV3Request,
      options: { signingDate: Date; expiresIn: number },
    ): Promise<SdkV3Request>;
  };
}

/** The hash constructor that the signer of v3 asks for, made of ours. */
class Sha256Constructor {
  private readonly secret: Uint8Array | undefined;
  private readonly parts: Uint8Array[] = [];

  constructor(secret?: Uint8Array | string) {
    this.secret = secret === undefined ? undefined : Buffer.from(secret);
  }

  update(data: Uint8Array): void {
    this.parts.push(data);
  }

  async digest(): Promise<Uint8Array> {
    const data = Buffer.concat(this.parts);
    return this.secret === undefined ? sha256(data) : hmacSha256(this.secret, data);
  }
}

async function signWithSdkV3(each: SignerCase, signQuery: boolean): Promise<WireRequest> {
  const { SignatureV4 } = require("@smithy/signature-v4") as SdkV3Module;
  const signer = new SignatureV4({
    service: "glacier",
    region: "us-east-1",
    credentials: exampleCredentials,
    sha256: Sha256Constructor,
  });
  const unsigned: SdkV3Request = {
    method: each.method,
    protocol: "http:",
    hostname: "127.0.0.1",
    path: each.path,
    query: Object.fromEntries(each.query),
    headers: { host, ...each.headers },
    ...(each.body === "" ? {} : { body: each.body }),
  };
  const signingDate = new Date(exampleNowMs);
  const signed = signQuery
    ? await signer.presign(unsigned, { signingDate, expiresIn: 60 })
    : await signer.sign(unsigned, { signingDate });
  const query = formatQuery(Object.entries(signed.query));
  const target = query === "" ? signed.path : `${signed.path}?${query}`;
  return wireRequest({ method: each.method, target, headers: signed.headers });
}
