import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { utf8Bytes } from "../std/bytes.ts";
import { decodeError, decodeResponse } from "./decode-response.ts";

function decode(name: "ListVaults" | "CreateVault" | "GetVaultAccessPolicy", text: string): object {
  const headers = { location: "/1/vaults/v", "x-other": "1" };
  return decodeResponse(name, { status: 200, headers, body: utf8Bytes(text) });
}

describe("decodeResponse", () => {
  it("leaves out members that are null, at every depth, and those that the API lacks", () => {
    const text = '{"Marker":null,"VaultList":[{"SizeInBytes":1,"LastInventoryDate":null,"X":2}]}';
    assert.deepEqual(decode("ListVaults", text), { VaultList: [{ SizeInBytes: 1 }] });
  });

  it("keeps integers exact that a double can't hold", () => {
    const text = '{"Marker":null,"VaultList":[{"SizeInBytes":9007199254740993}]}';
    assert.deepEqual(decode("ListVaults", text), {
      VaultList: [{ SizeInBytes: 9_007_199_254_740_993n }],
    });
  });

  it("takes members from headers and from a payload", () => {
    assert.deepEqual(decode("CreateVault", ""), { location: "/1/vaults/v" });
    assert.deepEqual(decode("GetVaultAccessPolicy", '{"Policy":"{}"}'), {
      policy: { Policy: "{}" },
    });
  });

  it("refuses a body that is not of the API", () => {
    assert.throws(() => decode("ListVaults", "<html>"), SyntaxError);
    assert.throws(() => decode("ListVaults", '{"VaultList":{}}'), { name: "JsonMismatch" });
  });
});

describe("decodeError", () => {
  const error = (headers: { [name: string]: string }, text: string, status = 400) =>
    decodeError({ status, headers, text }, 2);

  it("takes the code from the header up to a colon, and the message from the body", () => {
    const { code, message, requestId, status, attempts } = error(
      { "x-amzn-errortype": "AccessDeniedException:http://x/", "x-amzn-requestid": "r1" },
      '{"code":"Other","message":"no","type":"Client"}',
    );
    assert.deepEqual(
      { code, message, requestId, status, attempts },
      { code: "AccessDeniedException", message: "no", requestId: "r1", status: 400, attempts: 2 },
    );
  });

  it("takes the code from the body when there is no header", () => {
    assert.equal(
      error({}, '{"code":"LimitExceededException","message":"m"}').code,
      "LimitExceededException",
    );
  });

  it("names the status when something else than the service answered", () => {
    const { code, message } = error({}, "<h1>no</h1>", 502);
    assert.deepEqual({ code, message }, { code: "502", message: "Bad Gateway" });
    assert.equal(error({}, "null", 299).message, "The service answered with status 299");
  });
});
