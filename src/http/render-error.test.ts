import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { badRequest, type ErrorCode, requestTimeout, ServiceError } from "../domain/errors.ts";
import { errorTable } from "../protocol/errors.ts";
import { formatRawResponse, renderError } from "./render-error.ts";

describe("renderError", () => {
  it("gives each code its status and type, as compact JSON with its length in bytes", () => {
    for (const [code, { status, type }] of Object.entries(errorTable)) {
      const rendered = renderError(new ServiceError(code as ErrorCode, "ä"), "id");
      assert.equal(rendered.status, status);
      assert.equal(rendered.body, `{"code":"${code}","message":"ä","type":"${type}"}`);
      assert.deepEqual(rendered.headers, [
        ["x-amzn-RequestId", "id"],
        ["x-amzn-ErrorType", code],
        ["Content-Type", "application/json"],
        ["Content-Length", String(Buffer.byteLength(rendered.body))],
      ]);
    }
  });

  it("escapes what a client wrote", () => {
    const message = 'a "quoted" \\ line\r\n\u0000';
    assert.equal(JSON.parse(renderError(badRequest(message), "id").body).message, message);
  });

  it("shows of any other failure the request id alone", () => {
    for (const failure of [new Error("secret at /etc/passwd"), "secret", undefined, null]) {
      const rendered = renderError(failure, "the-id");
      assert.equal(rendered.status, 500);
      assert.equal(JSON.parse(rendered.body).code, "ServiceUnavailableException");
      assert.match(rendered.body, /the-id/);
      assert.doesNotMatch(rendered.body, /secret/);
    }
  });
});

describe("formatRawResponse", () => {
  it("is a whole answer that ends the connection", () => {
    const text = formatRawResponse(renderError(badRequest("no"), "id"), new Date(0));
    assert.equal(
      text,
      [
        "HTTP/1.1 400 Bad Request",
        "x-amzn-RequestId: id",
        "x-amzn-ErrorType: BadRequest",
        "Content-Type: application/json",
        "Content-Length: 52",
        "Date: Thu, 01 Jan 1970 00:00:00 GMT",
        "Connection: close",
        "",
        '{"code":"BadRequest","message":"no","type":"Client"}',
      ].join("\r\n"),
    );
  });

  it("names a timeout by its reason phrase", () => {
    const text = formatRawResponse(renderError(requestTimeout(), "id"), new Date(0));
    assert.match(text, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  });
});
