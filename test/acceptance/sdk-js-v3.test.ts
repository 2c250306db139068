/** The AWS SDK for JavaScript, version 3, against a started server. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { combineTreeHashes, MIB, makePayload } from "../support/payload.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const VAULT = "js-v3.vault";
type Sdk = typeof import("@aws-sdk/client-glacier");

describe("AWS SDK for JavaScript v3", () => {
  let server: ServerProcess;
  let sdk: Sdk;
  let glacier: import("@aws-sdk/client-glacier").Glacier;
  const sent: Record<string, string>[] = [];
  const inVault = { accountId: "-", vaultName: VAULT };

  before(async () => {
    sdk = await import("@aws-sdk/client-glacier").catch(() => {
      throw new Error("the AWS SDK for JavaScript v3 is needed: npm ci");
    });
    server = await startServer();
    const { accessKeyId, secretAccessKey } = server.credentials;
    glacier = new sdk.Glacier({
      endpoint: server.apiUrl,
      region: "us-west-2",
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    });
    glacier.middlewareStack.add(
      (next) => async (args) => {
        sent.push((args.request as { headers: Record<string, string> }).headers);
        return await next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
  });
  after(async () => {
    glacier?.destroy();
    await server?.stop();
  });

  const retrieve = async (
    jobParameters: import("@aws-sdk/client-glacier").JobParameters,
    range?: string,
  ) => {
    const { jobId } = await glacier.initiateJob({ ...inVault, jobParameters });
    assert.ok(jobId);
    for (;;) {
      const job = await glacier.describeJob({ ...inVault, jobId });
      if (job.Completed) {
        assert.equal(job.StatusCode, "Succeeded", String(job.StatusMessage));
        const output = await glacier.getJobOutput({
          ...inVault,
          jobId,
          ...(range === undefined ? {} : { range }),
        });
        return { job, output, bytes: Buffer.from(await output.body!.transformToByteArray()) };
      }
    }
  };

  it("makes a vault, waits until it exists, and changes its tags", async () => {
    await glacier.createVault(inVault);
    const waiter = { client: glacier, maxWaitTime: 20 };
    const waited = await sdk.waitUntilVaultExists(waiter, inVault);
    assert.equal(waited.state, "SUCCESS");
    await glacier.addTagsToVault({ ...inVault, Tags: { a: "1", b: "2" } });
    await glacier.removeTagsFromVault({ ...inVault, TagKeys: ["a"] });
    assert.deepEqual((await glacier.listTagsForVault(inVault)).Tags, { b: "2" });
  });

  it("uploads and downloads archives with all the headers that it signs", async () => {
    for (const sizeBytes of [1, MIB - 1, MIB, MIB + 1, 5.5 * MIB]) {
      const payload = makePayload(sizeBytes, `js v3 ${sizeBytes}`);
      const archiveDescription = `js  v3 ${sizeBytes}`;
      sent.length = 0;
      const stored = await glacier.uploadArchive({
        ...inVault,
        body: payload.bytes,
        archiveDescription,
      });
      const headers = sent[0]!;
      assert.equal(headers["x-amz-content-sha256"], payload.sha256);
      assert.equal(headers["x-amz-sha256-tree-hash"], payload.treeHash);
      assert.match(
        String(headers["authorization"]),
        /SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;/,
      );
      assert.equal(stored.checksum, payload.treeHash);
      const ArchiveId = stored.archiveId;
      const { output, bytes } = await retrieve({ Type: "archive-retrieval", ArchiveId });
      assert.ok(payload.bytes.equals(bytes), `archive of ${sizeBytes} bytes`);
      assert.equal(output.checksum, payload.treeHash);
      assert.equal(output.status, 200);
      assert.equal(output.archiveDescription, archiveDescription);
    }
  });

  it("uploads in parts, lists them page by page, and retrieves a range of the archive", async () => {
    const payload = makePayload(5 * MIB + 1, "js v3 parts");
    const { uploadId } = await glacier.initiateMultipartUpload({
      ...inVault,
      partSize: String(MIB),
    });
    const starts = [5, 3, 4, 0, 2, 1].map((index) => index * MIB);
    const hashes = await Promise.all(
      starts.map(async (start): Promise<[number, string]> => {
        const body = payload.bytes.subarray(start, start + MIB);
        const range = `bytes ${start}-${start + body.length - 1}/*`;
        const part = await glacier.uploadMultipartPart({ ...inVault, uploadId, range, body });
        return [start, String(part.checksum)];
      }),
    );
    const ordered = hashes.sort(([left], [right]) => left - right).map(([, hash]) => hash);
    assert.equal(combineTreeHashes(ordered), payload.treeHash);
    const listed: string[] = [];
    const paging = { client: glacier, pageSize: 2 };
    for await (const page of sdk.paginateListParts(paging, { ...inVault, uploadId })) {
      assert.ok((page.Parts?.length ?? 0) <= 2);
      listed.push(...(page.Parts ?? []).map((part) => String(part.SHA256TreeHash)));
    }
    assert.deepEqual(listed, ordered);
    const uploads: (string | undefined)[] = [];
    for await (const page of sdk.paginateListMultipartUploads(paging, inVault)) {
      uploads.push(...(page.UploadsList ?? []).map((upload) => upload.MultipartUploadId));
    }
    assert.deepEqual(uploads, [uploadId]);
    const { archiveId } = await glacier.completeMultipartUpload({
      ...inVault,
      uploadId,
      archiveSize: String(payload.bytes.length),
      checksum: payload.treeHash,
    });
    const { bytes, output, job } = await retrieve({
      Type: "archive-retrieval",
      ArchiveId: archiveId,
      RetrievalByteRange: `${4 * MIB}-${5 * MIB}`,
      Tier: "Expedited",
    });
    assert.ok(payload.bytes.subarray(4 * MIB).equals(bytes));
    assert.equal(job.Tier, "Expedited");
    assert.equal(output.checksum, job.SHA256TreeHash);
    assert.equal(output.checksum, combineTreeHashes(ordered.slice(4)));
  });

  it("takes an inventory and pages through vaults and jobs", async () => {
    const { bytes } = await retrieve({ Type: "inventory-retrieval", Format: "CSV" });
    assert.equal(bytes.toString().trimEnd().split("\n").length, 1 + 6);
    await Promise.all(
      ["a", "c", "b"].map((vaultName) => glacier.createVault({ vaultName, accountId: "-" })),
    );
    const paging = { client: glacier, pageSize: 1 };
    const names: (string | undefined)[] = [];
    for await (const page of sdk.paginateListVaults(paging, { accountId: "-" })) {
      names.push(...(page.VaultList ?? []).map((vault) => vault.VaultName));
    }
    assert.deepEqual(names, ["a", "b", "c", VAULT]);
    const jobs = new Set<string | undefined>();
    const filter = { ...inVault, statuscode: "Succeeded", completed: "true" };
    for await (const page of sdk.paginateListJobs({ client: glacier, pageSize: 3 }, filter)) {
      for (const job of page.JobList ?? []) {
        jobs.add(job.JobId);
      }
    }
    assert.equal(jobs.size, 7);
  });

  it("throws the modelled exceptions, and waits until a vault is gone", async () => {
    await assert.rejects(
      glacier.describeVault({ accountId: "-", vaultName: "absent" }),
      (error) => {
        assert.ok(error instanceof sdk.ResourceNotFoundException);
        assert.equal(error.code, "ResourceNotFoundException");
        assert.equal(error.$metadata.httpStatusCode, 404);
        assert.match(error.message, /^Vault not found for ARN: /);
        return true;
      },
    );
    await assert.rejects(
      glacier.initiateJob({ ...inVault, jobParameters: { Type: "archive-retrieval" } }),
      (error) => error instanceof sdk.MissingParameterValueException,
    );
    const body = Buffer.alloc(20 * MIB);
    await assert.rejects(
      glacier.uploadArchive({ accountId: "-", vaultName: "absent", body }),
      sdk.ResourceNotFoundException,
      "the refusal is seen although the body was still being sent",
    );
    await glacier.deleteVault({ accountId: "-", vaultName: "a" });
    const waiter = { client: glacier, maxWaitTime: 20 };
    const gone = await sdk.waitUntilVaultNotExists(waiter, { accountId: "-", vaultName: "a" });
    assert.equal(gone.state, "SUCCESS");
  });
});
