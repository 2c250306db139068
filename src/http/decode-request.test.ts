import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServiceError } from "../domain/errors.ts";
import type { OperationName } from "../protocol/operations.ts";
import { decodeRequest } from "./decode-request.ts";
import type { Exchange } from "./exchange.ts";

interface Given {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly announcedBytes?: number | undefined;
}

const bytes = (async function* () {})();

function decode<N extends OperationName>(operation: N, given: Given) {
  const exchange: Exchange = {
    requestId: "id",
    method: "GET",
    target: {
      path: "/",
      query: "",
      segments: [],
      parameters: new Map(Object.entries(given.query ?? {})),
    },
    wire: { method: "GET", path: "/", query: "", headers: [] },
    headers: new Map(Object.entries(given.headers ?? {})),
    claimedAccessKeyId: undefined,
    claimedService: "glacier",
    announcedBytes: "announcedBytes" in given ? given.announcedBytes : 10,
    body: { bytes, receivedBytes: () => 0, isComplete: () => false },
    receivedBytes: () => 0,
    sourceIp: "127.0.0.1",
    isSecure: false,
  };
  const parameters = { accountId: "-", vaultName: "v", ...given.parameters };
  const wholeBody = given.body === undefined ? undefined : Buffer.from(given.body);
  return decodeRequest(operation, { parameters, exchange, wholeBody });
}

function refuses(code: string, message: string | RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ServiceError);
    assert.equal(error.code, code);
    typeof message === "string"
      ? assert.equal(error.message, message)
      : assert.match(error.message, message);
    return true;
  };
}

describe("decodeRequest", () => {
  it("takes members from the path, the query and the headers", () => {
    assert.deepEqual(decode("ListVaults", { query: { limit: "5" } }), {
      accountId: "-",
      limit: "5",
      marker: undefined,
    });
    const range = { headers: { range: "bytes=0-1" }, parameters: { jobId: "j" } };
    assert.deepEqual(decode("GetJobOutput", range), {
      accountId: "-",
      vaultName: "v",
      jobId: "j",
      range: "bytes=0-1",
    });
  });

  it("takes members of the body, and a body as a whole", () => {
    assert.deepEqual(
      decode("AddTagsToVault", { body: '{"Tags":{"a":"b"}}' }).Tags,
      new Map([["a", "b"]]),
    );
    const policy = decode("SetVaultAccessPolicy", { body: '{"Policy":"{}"}' }).policy;
    assert.deepEqual(policy, { Policy: "{}" });
  });

  it("takes job parameters bare or wrapped", () => {
    const bare = '{"Type":"inventory-retrieval"}';
    for (const body of [bare, `{"jobParameters":${bare}}`]) {
      assert.equal(decode("InitiateJob", { body }).jobParameters?.Type, "inventory-retrieval");
    }
  });

  it("reads an absent, a blank and an empty body alike", () => {
    for (const given of [{}, { body: "" }, { body: " \n" }, { body: "{}" }]) {
      assert.equal(decode("RemoveTagsFromVault", given).TagKeys, undefined);
    }
  });

  it("ignores the body of an operation that takes none", () => {
    assert.deepEqual(decode("CreateVault", { body: "no JSON \xff" }), {
      accountId: "-",
      vaultName: "v",
    });
  });

  it("refuses a body that is no JSON or no UTF-8", () => {
    assert.throws(
      () => decode("AddTagsToVault", { body: "{" }),
      refuses("SerializationException", "The request body is not well-formed JSON"),
    );
    assert.throws(
      () => decode("AddTagsToVault", { body: new Uint8Array([0x22, 0xff, 0x22]) }),
      refuses("BadRequest", "The request body is not UTF-8"),
    );
  });

  it("refuses a request without a header that it needs, naming it", () => {
    const headers = { "x-amz-sha256-tree-hash": "x" };
    assert.throws(
      () => decode("CompleteMultipartUpload", { parameters: { uploadId: "u" }, headers }),
      refuses("MissingParameterValueException", "Required parameter missing: x-amz-archive-size"),
    );
  });

  it("hands an upload's bytes on unread, with length and hash", () => {
    const headers = { "x-amz-content-sha256": "hash", "x-amz-sha256-tree-hash": "tree" };
    assert.deepEqual(decode("UploadArchive", { headers }).body, {
      sizeBytes: 10,
      sha256: "hash",
      bytes,
    });
  });

  it("refuses an upload by its announced length", () => {
    const headers = { "x-amz-content-sha256": "hash", "x-amz-sha256-tree-hash": "tree" };
    const rows: [number | undefined, string, string][] = [
      [undefined, "MissingParameterValueException", "Required parameter missing: Content-Length"],
      [0, "InvalidParameterValueException", "Invalid Content-Length: 0"],
      [2 ** 32 + 1, "InvalidParameterValueException", "Invalid Content-Length: 4294967297"],
    ];
    for (const [announcedBytes, code, message] of rows) {
      const upload = () => decode("UploadArchive", { headers, announcedBytes });
      assert.throws(upload, refuses(code, message));
    }
    for (const announcedBytes of [1, 2 ** 32]) {
      assert.equal(
        decode("UploadArchive", { headers, announcedBytes }).body.sizeBytes,
        announcedBytes,
      );
    }
  });

  it("refuses an upload without its linear hash", () => {
    assert.throws(
      () => decode("UploadArchive", { headers: { "x-amz-sha256-tree-hash": "tree" } }),
      refuses("MissingParameterValueException", "Required parameter missing: x-amz-content-sha256"),
    );
  });
});
