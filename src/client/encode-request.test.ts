import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { operationNames, operations } from "../protocol/operations.ts";
import { utf8Text } from "../std/bytes.ts";
import { encodeRequest } from "./encode-request.ts";
import { ClientInputError } from "./errors.ts";
import { hashBytes } from "./hash-source.ts";

function bodyText(request: { readonly body: unknown }): string {
  assert.ok(request.body instanceof Uint8Array);
  return utf8Text(request.body);
}

const everyId = {
  vaultName: "v",
  archiveId: "a",
  uploadId: "u",
  jobId: "j",
  lockId: "l",
  body: hashBytes(new Uint8Array(3)),
};

describe("encodeRequest", () => {
  it("leaves no parameter of any operation's path open", () => {
    for (const name of operationNames) {
      const members = Object.entries(everyId).filter(
        ([member]) => member in operations[name].input,
      );
      const { path } = encodeRequest(name, Object.fromEntries(members));
      assert.match(path, /^\/-\/[a-z/-]+$/, name);
    }
  });

  it("percent-encodes every byte of a path parameter that is not unreserved", () => {
    const { path } = encodeRequest("DescribeVault", { accountId: "1/2", vaultName: "a b/é%$&" });
    assert.equal(path, "/1%2F2/vaults/a%20b%2F%C3%A9%25%24%26");
  });

  it("refuses an empty or absent path parameter, which would be another operation", () => {
    for (const vaultName of ["", undefined]) {
      assert.throws(() => encodeRequest("DescribeVault", { vaultName }), {
        name: "ClientInputError",
        message: "vaultName of DescribeVault must be given and not empty",
      });
    }
  });

  it("keeps the fixed query of a path and appends encoded parameters", () => {
    assert.equal(encodeRequest("AddTagsToVault", { vaultName: "v" }).query, "operation=add");
    const { query } = encodeRequest("ListJobs", { vaultName: "v", limit: "5", marker: "a+b=" });
    assert.equal(query, "limit=5&marker=a%2Bb%3D");
  });

  it("writes known members of a body in the order of the schema, without those that have no value", () => {
    const request = encodeRequest("InitiateJob", {
      vaultName: "v",
      jobParameters: { Tier: "Bulk", Type: "archive-retrieval", SNSTopic: null, ArchiveId: "x" },
    });
    assert.equal(bodyText(request), '{"Type":"archive-retrieval","ArchiveId":"x","Tier":"Bulk"}');
  });

  it("keeps 64-bit integers exact", () => {
    const Policy = { Rules: [{ Strategy: "BytesPerHour", BytesPerHour: 9_007_199_254_740_993n }] };
    assert.equal(
      bodyText(encodeRequest("SetDataRetrievalPolicy", { Policy })),
      '{"Policy":{"Rules":[{"BytesPerHour":9007199254740993,"Strategy":"BytesPerHour"}]}}',
    );
  });

  it("sends an empty object for an operation with a JSON body and no member", () => {
    assert.equal(bodyText(encodeRequest("InitiateJob", { vaultName: "v" })), "{}");
    assert.equal(bodyText(encodeRequest("AddTagsToVault", { vaultName: "v" })), "{}");
    assert.equal(encodeRequest("CreateVault", { vaultName: "v" }).body, undefined);
  });

  it("names a member that the operation or a structure in it lacks", () => {
    assert.throws(
      () => encodeRequest("CreateVault", { vaultNam: "v" }),
      /CreateVault has no member vaultNam; it has: accountId, vaultName/,
    );
    assert.throws(
      () => encodeRequest("InitiateJob", { vaultName: "v", jobParameters: { Typ: "x" } }),
      /jobParameters of InitiateJob has no member Typ; it has: Type, ArchiveId/,
    );
  });

  it("names a member of a wrong type", () => {
    const wrong = (jobParameters: object) => () =>
      encodeRequest("InitiateJob", { vaultName: "v", jobParameters });
    assert.throws(wrong({ Tier: 3 }), /Tier must be a string; got a value of type number/);
    assert.throws(wrong([]), /jobParameters of InitiateJob must be an object; got a list/);
    assert.throws(
      () => encodeRequest("RemoveTagsFromVault", { vaultName: "v", TagKeys: ["a", 1] }),
      /TagKeys of RemoveTagsFromVault\[1\] must be a string/,
    );
    assert.throws(() => encodeRequest("ListVaults", { limit: 5 }), ClientInputError);
  });

  it("sends header values as their UTF-8 bytes and refuses line ends in them", () => {
    const encode = (archiveDescription: string) =>
      encodeRequest("InitiateMultipartUpload", { vaultName: "v", archiveDescription });
    assert.deepEqual(encode("é").headers, [["x-amz-archive-description", "\u00c3\u00a9"]]);
    assert.throws(() => encode("a\r\nx: y"), /must not hold control characters/);
  });

  it("states the tree hash of the source unless the input has a checksum", () => {
    const body = hashBytes(new Uint8Array(10));
    const treeHashes = (input: object) =>
      encodeRequest("UploadArchive", { vaultName: "v", body, ...input }).headers;
    assert.deepEqual(treeHashes({}), [["x-amz-sha256-tree-hash", body.treeHash]]);
    assert.deepEqual(treeHashes({ checksum: "f00" }), [["x-amz-sha256-tree-hash", "f00"]]);
  });

  it("refuses an upload without a source", () => {
    assert.throws(
      () => encodeRequest("UploadArchive", { vaultName: "v" }),
      /body of UploadArchive must be a source with sizeBytes, sha256 and open/,
    );
  });
});
