/** The AWS SDK for JavaScript, version 2, against a started server. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { combineTreeHashes, MIB, makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const VAULT = "js-v2.vault";

describe("AWS SDK for JavaScript v2", () => {
  let server: ServerProcess;
  let glacier: import("aws-sdk/clients/glacier.js");

  before(async () => {
    process.env["AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE"] = "1";
    const { default: Glacier } = await import("aws-sdk/clients/glacier.js").catch(() => {
      throw new Error("the AWS SDK for JavaScript v2 is needed: npm ci");
    });
    server = await startServer();
    const { accessKeyId, secretAccessKey } = server.credentials;
    glacier = new Glacier({
      endpoint: server.apiUrl,
      region: "us-west-2",
      credentials: { accessKeyId, secretAccessKey },
      maxRetries: 0,
    });
  });
  after(async () => {
    await server?.stop();
  });

  const retrieve = async (
    jobParameters: import("aws-sdk/clients/glacier.js").JobParameters,
    range?: string,
  ) => {
    const { jobId } = await glacier
      .initiateJob({ accountId: "-", vaultName: VAULT, jobParameters })
      .promise();
    assert.ok(jobId);
    const named = { accountId: "-", vaultName: VAULT, jobId };
    for (;;) {
      const job = await glacier.describeJob(named).promise();
      if (job.Completed) {
        assert.equal(job.StatusCode, "Succeeded", String(job.StatusMessage));
        const output = await glacier
          .getJobOutput(range === undefined ? named : { ...named, range })
          .promise();
        return { job, output, bytes: output.body as Buffer };
      }
    }
  };

  it("makes a vault with the body `{}` that it sends, tags it and waits for it", async () => {
    const { accountId } = server.credentials;
    const named = { accountId: "-", vaultName: VAULT };
    const created = await glacier.createVault(named).promise();
    assert.equal(created.location, `/${accountId}/vaults/${VAULT}`);
    const waited = await glacier.waitFor("vaultExists", named).promise();
    assert.equal(waited.VaultName, VAULT);
    await glacier.addTagsToVault({ ...named, Tags: { stage: "test" } }).promise();
    const { Tags } = await glacier.listTagsForVault(named).promise();
    assert.deepEqual(Tags, { stage: "test" });
  });

  it("uploads with its own checksums and downloads the same bytes", async () => {
    for (const sizeBytes of [1, MIB - 1, MIB, MIB + 1, 5.5 * MIB]) {
      const payload = makePayload(sizeBytes, `js v2 ${sizeBytes}`);
      const { linearHash, treeHash } = glacier.computeChecksums(payload.bytes);
      assert.deepEqual([linearHash, treeHash], [payload.sha256, payload.treeHash]);
      const archiveDescription = `js  v2 ${sizeBytes}`;
      const stored = await glacier
        .uploadArchive({
          accountId: "-",
          vaultName: VAULT,
          body: payload.bytes,
          archiveDescription,
        })
        .promise();
      assert.equal(stored.checksum, treeHash);
      const ArchiveId = String(stored.archiveId);
      const { output, bytes, job } = await retrieve({ Type: "archive-retrieval", ArchiveId });
      assert.ok(payload.bytes.equals(bytes), `archive of ${sizeBytes} bytes`);
      assert.equal(glacier.computeChecksums(bytes).treeHash, output.checksum);
      assert.equal(output.archiveDescription, archiveDescription);
      assert.equal(job.InventorySizeInBytes, null, "nulls are kept as the service sends them");
    }
  });

  it("uploads in parts and completes with the body `{}` that it sends", async () => {
    const payload = makePayload(9 * MIB + 7, "js v2 parts");
    const partSizeBytes = 4 * MIB;
    const named = { accountId: "-", vaultName: VAULT };
    const { uploadId } = await glacier
      .initiateMultipartUpload({ ...named, partSize: String(partSizeBytes) })
      .promise();
    const upload = { ...named, uploadId: String(uploadId) };
    const starts = [8 * MIB, 0, 4 * MIB];
    const hashes = new Map<number, string>();
    await Promise.all(
      starts.map(async (start) => {
        const body = payload.bytes.subarray(start, start + partSizeBytes);
        const range = `bytes ${start}-${start + body.length - 1}/*`;
        const { checksum } = await glacier
          .uploadMultipartPart({ ...upload, range, body })
          .promise();
        hashes.set(start, String(checksum));
      }),
    );
    const inOrder = [0, 4 * MIB, 8 * MIB].map((start) => String(hashes.get(start)));
    assert.equal(combineTreeHashes(inOrder), payload.treeHash);
    const done = await glacier
      .completeMultipartUpload({
        ...upload,
        archiveSize: String(payload.bytes.length),
        checksum: payload.treeHash,
      })
      .promise();
    const ArchiveId = String(done.archiveId);
    const range = `bytes=${4 * MIB}-${8 * MIB - 1}`;
    const { bytes, output } = await retrieve({ Type: "archive-retrieval", ArchiveId }, range);
    assert.ok(payload.bytes.subarray(4 * MIB, 8 * MIB).equals(bytes));
    assert.equal(output.status, 206);
    assert.equal(output.checksum, inOrder[1]);
  });

  it("takes an inventory and pages through jobs", async () => {
    const { bytes } = await retrieve({ Type: "inventory-retrieval", Format: "JSON" });
    assert.equal(JSON.parse(bytes.toString()).ArchiveList.length, 6);
    const ids = new Set<string>();
    for (let marker: string | null | undefined = ""; marker !== null; ) {
      const page: { Marker?: string; JobList?: { JobId?: string }[] } = await glacier
        .listJobs({ accountId: "-", vaultName: VAULT, limit: "2", marker: String(marker) })
        .promise();
      for (const job of page.JobList ?? []) {
        ids.add(String(job.JobId));
      }
      marker = page.Marker ?? null;
    }
    assert.equal(ids.size, 7);
  });

  it("rejects with the code, status and request id of a refusal", async () => {
    await assert.rejects(
      glacier.describeVault({ accountId: "-", vaultName: "absent" }).promise(),
      (error: { code: string; statusCode: number; requestId: string }) => {
        assert.equal(error.code, "ResourceNotFoundException");
        assert.equal(error.statusCode, 404);
        assert.match(error.requestId, /^[A-Za-z0-9_-]{47}$/);
        return true;
      },
    );
    const body = Buffer.alloc(20 * MIB);
    await assert.rejects(
      glacier.uploadArchive({ accountId: "-", vaultName: "absent", body }).promise(),
      { code: "ResourceNotFoundException" },
      "the refusal is seen although the body was still being sent",
    );
    await assert.rejects(
      glacier.uploadArchive({ accountId: "-", vaultName: VAULT }).promise(),
      { code: "InvalidParameterValueException", message: "Invalid Content-Length: 0" },
      "an upload without a body has neither bytes nor hashes",
    );
  });
});
