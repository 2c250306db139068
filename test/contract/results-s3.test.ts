import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createS3Results } from "../../src/adapters/results-s3/s3-results.ts";
import type { ObjectOptions } from "../../src/domain/output-location.ts";
import type { ResultStore } from "../../src/ports/result-store.ts";
import { type S3Endpoint, startS3Endpoint } from "../support/s3-endpoint.ts";
import { describeResultStore, destination, failure, putObject } from "./result-store.suite.ts";

const { bucketName } = destination;

describeResultStore("an S3-compatible service", async () => {
  const endpoint = await startS3Endpoint();
  endpoint.buckets.set(bucketName, new Map());
  return {
    open: async () =>
      createS3Results({ endpoint: endpoint.url, credentials: endpoint.credentials }),
    listBucket: async (name) => [...(endpoint.buckets.get(name)?.keys() ?? [])],
    dispose: () => endpoint.close(),
  };
});

describe("results in an S3-compatible service, beyond the contract", () => {
  let endpoint: S3Endpoint;
  let store: ResultStore;
  before(async () => {
    endpoint = await startS3Endpoint();
    endpoint.buckets.set(bucketName, new Map());
    const { url, credentials } = endpoint;
    store = createS3Results({ endpoint: url, credentials });
  });
  after(async () => {
    await store.close();
    await endpoint.close();
  });

  async function headersOf(given: Partial<ObjectOptions>) {
    const writer = await store.openWriter({ ...destination, ...given }, "headers");
    await writer.commit();
    const object = endpoint.buckets.get(bucketName)?.get("headers");
    const entries = Object.entries(object?.headers ?? {});
    const ours = entries.filter(([name]) => /^x-amz-(?!content-sha256|date|user-agent)/.test(name));
    return Object.fromEntries(ours);
  }

  it("signs for the region of the job's vault, and asks for no checksum that old services refuse", async () => {
    assert.deepEqual(await headersOf({}), {});
    assert.equal(endpoint.buckets.get(bucketName)?.get("headers")?.region, "eu-west-3");
  });

  it("passes on storage class, access list, encryption, tags and metadata", async () => {
    const headers = await headersOf({
      storageClass: "STANDARD_IA",
      cannedAcl: "bucket-owner-full-control",
      encryption: { type: "aws:kms", kmsKeyId: "key-1", kmsContext: '{"a":"b"}' },
      tagging: [
        ["project", "a b&c"],
        ["empty", ""],
      ],
      userMetadata: [["Owner", "me"]],
    });
    assert.deepEqual(headers, {
      "x-amz-storage-class": "STANDARD_IA",
      "x-amz-acl": "bucket-owner-full-control",
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
      "x-amz-server-side-encryption-context": Buffer.from('{"a":"b"}').toString("base64"),
      "x-amz-tagging": "project=a%20b%26c&empty=",
      "x-amz-meta-owner": "me",
    });
  });

  it("passes on grants by permission, and refuses those that S3 does not have for objects", async () => {
    const noNames = { displayName: undefined, id: undefined, uri: undefined };
    const user = { ...noNames, type: "CanonicalUser", id: "c1", emailAddress: undefined } as const;
    const mail = { ...noNames, type: "AmazonCustomerByEmail", emailAddress: "a@b.c" } as const;
    const group = { ...noNames, type: "Group", uri: "http://g", emailAddress: undefined } as const;
    const headers = await headersOf({
      accessControlList: [
        { grantee: user, permission: "READ" },
        { grantee: mail, permission: "READ" },
        { grantee: group, permission: "FULL_CONTROL" },
      ],
    });
    assert.deepEqual(headers, {
      "x-amz-grant-read": 'id="c1", emailAddress="a@b.c"',
      "x-amz-grant-full-control": 'uri="http://g"',
    });
    const write = headersOf({ accessControlList: [{ grantee: user, permission: "WRITE" }] });
    await assert.rejects(write, failure("refused", /no grant of the permission WRITE/));
    const nobody = { ...user, id: undefined };
    const unnamed = headersOf({ accessControlList: [{ grantee: nobody, permission: "READ" }] });
    await assert.rejects(unnamed, failure("refused", /needs its ID/));
  });

  it("says what the service refuses, and that waiting does not help", async () => {
    const absent = { ...destination, bucketName: "absent-bucket" };
    const writer = await store.openWriter(absent, "x");
    const refused = failure("refused", /NoSuchBucket: The specified bucket does not exist$/);
    await assert.rejects(writer.commit(), refused);
    const credentials = { ...endpoint.credentials, secretAccessKey: "wrong" };
    const stranger = createS3Results({ endpoint: endpoint.url, credentials });
    await assert.rejects(
      putObject(stranger, "x", "x"),
      failure("refused", /SignatureDoesNotMatch/),
    );
    await stranger.close();
  });

  it("calls an outage one that may pass", async () => {
    endpoint.fault = { status: 503, code: "SlowDown" };
    await assert.rejects(putObject(store, "x", "x"), failure("unavailable", /SlowDown/));
    endpoint.fault = undefined;
    const { credentials } = endpoint;
    const nobody = createS3Results({ endpoint: "http://127.0.0.1:9", credentials });
    const unreachable = failure("unavailable", /can't be reached \(ECONNREFUSED\)/);
    await assert.rejects(putObject(nobody, "x", "x"), unreachable);
    await nobody.close();
  });
});
