import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hmacSha256, sha256 } from "../../std/hasher-node.ts";
import { parseAuthorization } from "./authorization.ts";
import {
  buildExampleSigner,
  buildRequest,
  exampleCredentials,
  exampleNowMs,
  withHeader,
} from "./testing/signed-requests.ts";
import type { WireRequest } from "./wire-request.ts";

const { presigned, signed } = buildExampleSigner({ sha256, hmacSha256 });

const signature = "3ce5b2f2fffac9262b4da9256f8d086b4aaf42eba5f111c21681a65a127b7c2a";
const scope = { date: "20120525", region: "us-east-1", service: "glacier" };
const credential = "Credential=AKIAIOSFODNN7EXAMPLE/20120525/us-east-1/glacier/aws4_request";
const signedHeaders = "SignedHeaders=host;x-amz-date;x-amz-glacier-version";

describe("parseAuthorization of a header", () => {
  it("reads every part of the guide's example", () => {
    assert.deepEqual(parseHeader(`${credential}, ${signedHeaders}, Signature=${signature}`), {
      form: "header",
      accessKeyId: exampleCredentials.accessKeyId,
      scope,
      signedHeaders: ["host", "x-amz-date", "x-amz-glacier-version"],
      signature,
      signedAtMs: exampleNowMs,
    });
  });

  it("reads parts without a space after the comma, as boto 2 writes them, and in any order", () => {
    const expected = parseHeader(`${credential}, ${signedHeaders}, Signature=${signature}`);
    assert.deepEqual(
      parseHeader(`${credential},${signedHeaders},Signature=${signature}`),
      expected,
    );
    assert.deepEqual(
      parseHeader(`Signature=${signature} , ${signedHeaders},${credential}`),
      expected,
    );
  });

  it("reads an access key id that holds a slash", () => {
    const text = credential.replace("AKIAIOSFODNN7EXAMPLE", "team/AKIA");
    const parsed = parseHeader(`${text}, ${signedHeaders}, Signature=${signature}`);
    assert.equal(parsed.accessKeyId, "team/AKIA");
    assert.deepEqual(parsed.scope, scope);
  });

  it("reads the session token, and takes an empty one for none", () => {
    const token = { ...exampleCredentials, sessionToken: "tok+en/==" };
    const request = signed(buildRequest(), { credentials: token });
    assert.equal(parseAuthorization(request).securityToken, "tok+en/==");
    const empty = withHeader(request, "x-amz-security-token", () => "");
    assert.equal(parseAuthorization(empty).securityToken, undefined);
  });

  it("answers MissingAuthenticationTokenException when there is no authorization at all", () => {
    assert.throws(() => parseAuthorization(buildRequest({ query: "X-Amz-Security-Token=x" })), {
      code: "MissingAuthenticationTokenException",
    });
  });

  it("refuses both forms at once as BadRequest", () => {
    const { query } = presigned(buildRequest());
    assert.throws(() => parseAuthorization({ ...signed(buildRequest()), query }), {
      code: "BadRequest",
    });
  });

  const malformed: [why: string, rest: string][] = [
    ["without parts", ""],
    ["with an unknown part", `${credential}, ${signedHeaders}, Signature=${signature}, Extra=1`],
    ["with a part twice", `${credential}, ${credential}, ${signedHeaders}, Signature=${signature}`],
    ["with a trailing comma", `${credential}, ${signedHeaders}, Signature=${signature},`],
  ];
  for (const [why, rest] of malformed) {
    it(`refuses an Authorization header ${why} as BadRequest`, () => {
      assert.throws(() => parseHeader(rest), {
        code: "BadRequest",
        message: /^Authorization must/,
      });
    });
  }

  it("refuses two Authorization headers and two x-amz-date headers as BadRequest", () => {
    const request = signed(buildRequest());
    for (const name of ["authorization", "x-amz-date"]) {
      const header = request.headers.find(([candidate]) => candidate === name)!;
      const headers = [...request.headers, header];
      assert.throws(() => parseAuthorization({ ...request, headers }), {
        code: "BadRequest",
        message: new RegExp(`^Header ${name} must be sent once`),
      });
    }
  });

  const wrong: [rest: string, message: RegExp][] = [
    [`${signedHeaders}, Signature=${signature}`, /'Credential'/],
    [`${credential}, Signature=${signature}`, /'SignedHeaders'/],
    [`${credential}, ${signedHeaders}`, /'Signature'/],
    [`Credential=AKIA, ${signedHeaders}, Signature=${signature}`, /^Credential must be/],
    [`Credential=, ${signedHeaders}, Signature=${signature}`, /^Credential must be/],
    [
      `${credential.replace("/us-east-1", "/us east")}, ${signedHeaders}, Signature=${signature}`,
      /^Credential must be/,
    ],
    [
      `${credential.replace("aws4_request", "aws5")}, ${signedHeaders}, Signature=${signature}`,
      /terminator: 'aws4_request', not 'aws5'/,
    ],
    [
      `${credential.replace("20120525", "20120524")}, ${signedHeaders}, Signature=${signature}`,
      /'20120524' != '20120525', from '20120525T002453Z'/,
    ],
    [`${credential}, SignedHeaders=, Signature=${signature}`, /^SignedHeaders must/],
    [`${credential}, SignedHeaders=Host;x-amz-date, Signature=${signature}`, /^SignedHeaders must/],
    [`${credential}, SignedHeaders=host;host;x-amz-date, Signature=${signature}`, /distinct/],
    [`${credential}, SignedHeaders=host, Signature=${signature}`, /must name 'x-amz-date'/],
    [`${credential}, ${signedHeaders}, Signature=${signature.slice(1)}`, /^Signature must be 64/],
    [`${credential}, ${signedHeaders}, Signature=${signature.toUpperCase()}`, /^Signature must/],
  ];
  for (const [rest, message] of wrong) {
    it(`refuses ${rest.slice(0, 150)} with ${message}`, () => {
      assert.throws(() => parseHeader(rest), { code: "InvalidSignatureException", message });
    });
  }

  for (const algorithm of ["AWS", "AWS4-ECDSA-P256-SHA256", "Bearer", "aws4-hmac-sha256"]) {
    it(`refuses the algorithm '${algorithm}' by name`, () => {
      const request = withHeader(signed(buildRequest()), "authorization", (value) =>
        value.replace("AWS4-HMAC-SHA256", algorithm),
      );
      assert.throws(() => parseAuthorization(request), {
        code: "InvalidSignatureException",
        message: `Unsupported signing algorithm '${algorithm}'; use AWS4-HMAC-SHA256.`,
      });
    });
  }
});

describe("the signing date", () => {
  it("is x-amz-date whatever Date says", () => {
    const request = signed(buildRequest());
    const headers: WireRequest["headers"] = [["Date", "20100101T000000Z"], ...request.headers];
    assert.equal(parseAuthorization({ ...request, headers }).signedAtMs, exampleNowMs);
  });

  it("is Date when that is ISO basic and there is no x-amz-date", () => {
    const request = withDateHeader("20120525T002453Z", "SignedHeaders=date;host");
    assert.equal(parseAuthorization(request).signedAtMs, exampleNowMs);
  });

  it("must be signed when it is Date", () => {
    assert.throws(
      () => parseAuthorization(withDateHeader("20120525T002453Z", "SignedHeaders=host")),
      {
        code: "InvalidSignatureException",
        message: /must name 'date'/,
      },
    );
  });

  it("can't be a Date of another form", () => {
    const request = withDateHeader("Fri, 25 May 2012 00:24:53 GMT", "SignedHeaders=date;host");
    assert.throws(() => parseAuthorization(request), {
      code: "InvalidSignatureException",
      message: /^Date must be in ISO-8601 'basic format'/,
    });
  });

  it("must name a real instant", () => {
    for (const date of ["20120532T002453Z", "2012-05-25T00:24:53Z", ""]) {
      const request = withHeader(signed(buildRequest()), "x-amz-date", () => date);
      assert.throws(() => parseAuthorization(request), {
        code: "InvalidSignatureException",
        message: /in x-amz-date\.$/,
      });
    }
  });

  it("is missed by name when neither header is there", () => {
    const request = signed(buildRequest());
    const headers = request.headers.filter(([name]) => name !== "x-amz-date");
    assert.throws(() => parseAuthorization({ ...request, headers }), {
      code: "InvalidSignatureException",
      message: /either a 'X-Amz-Date' or a 'Date' header/,
    });
  });
});

describe("parseAuthorization of a query", () => {
  it("reads every parameter", () => {
    const credentials = { ...exampleCredentials, sessionToken: "tok+en/==" };
    const parsed = parseAuthorization(
      presigned(buildRequest({ query: "limit=1" }), { credentials }),
    );
    assert.match(parsed.signature, /^[0-9a-f]{64}$/);
    assert.deepEqual(parsed, {
      form: "query",
      accessKeyId: credentials.accessKeyId,
      scope,
      signedHeaders: ["host", "x-amz-glacier-version"],
      signature: parsed.signature,
      signedAtMs: exampleNowMs,
      expiresAtMs: exampleNowMs + 3_600_000,
      securityToken: "tok+en/==",
    });
  });

  for (const name of ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"]) {
    it(`refuses a query without X-Amz-${name}, naming it`, () => {
      const request = presigned(buildRequest());
      const query = request.query.replace(new RegExp(`X-Amz-${name}=[^&]*&?`), "");
      assert.throws(() => parseAuthorization({ ...request, query }), {
        code: "InvalidSignatureException",
        message: new RegExp(`'X-Amz-${name}'`),
      });
    });

    it(`refuses X-Amz-${name} twice as BadRequest`, () => {
      const request = presigned(buildRequest());
      const [parameter] = new RegExp(`X-Amz-${name}=[^&]*`).exec(request.query)!;
      const query = `${request.query}&${parameter}`;
      assert.throws(() => parseAuthorization({ ...request, query }), { code: "BadRequest" });
    });
  }

  for (const expires of ["0", "604801", "1.5", "-1", "", "0x10", "1000000"]) {
    it(`refuses X-Amz-Expires=${expires}`, () => {
      assert.throws(() => parseAuthorization(withExpires(expires)), {
        code: "InvalidSignatureException",
        message: `X-Amz-Expires must be a number of seconds from 1 to 604800; got '${expires}'.`,
      });
    });
  }

  for (const expires of ["1", "604800"]) {
    it(`takes X-Amz-Expires=${expires}`, () => {
      const { expiresAtMs } = parseAuthorization(withExpires(expires));
      assert.equal(expiresAtMs, exampleNowMs + Number(expires) * 1000);
    });
  }
});

function parseHeader(rest: string): ReturnType<typeof parseAuthorization> {
  return parseAuthorization(
    withHeader(signed(buildRequest()), "authorization", () => `AWS4-HMAC-SHA256 ${rest}`),
  );
}

function withDateHeader(date: string, names: string): WireRequest {
  return buildRequest({
    headers: [
      ...buildRequest().headers,
      ["Date", date],
      ["Authorization", `AWS4-HMAC-SHA256 ${credential}, ${names}, Signature=${signature}`],
    ],
  });
}

function withExpires(expires: string): WireRequest {
  const request = presigned(buildRequest());
  return { ...request, query: request.query.replace("Expires=3600", `Expires=${expires}`) };
}
