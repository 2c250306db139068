/** Every operation of the table through the client, against the service. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { CallInput, CallResult } from "../../src/client/call-types.ts";
import type { GlacierClient } from "../../src/client/client.ts";
import { hashBytes } from "../../src/client/hash-source.ts";
import { listPages } from "../../src/client/paginate.ts";
import { awaitVault } from "../../src/client/waiters.ts";
import { type OperationName, operationNames, operations } from "../../src/protocol/operations.ts";
import { startWireServer, type WireServer } from "../support/wire-server.ts";
import { connect } from "./connect.ts";

const MIB = 1024 * 1024;
const vaultName = "photos";
const FINISH_BOUND_MS = 10_000;
const policy = {
  Policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Principal: "*",
        Action: "glacier:DeleteVaultNotifications",
        Resource: "arn:aws:glacier:us-east-1:111122223333:vaults/photos",
      },
    ],
  }),
};

let server: WireServer;
let client: GlacierClient;
const called = new Set<OperationName>();

before(async () => {
  server = await startWireServer({ inventory: "live" });
  client = connect(server);
  await call("CreateVault", { vaultName });
});
after(async () => {
  client.close();
  await server.stop();
});

/** Calls, and checks that the status is the table's. */
async function call<N extends OperationName>(
  name: N,
  input: CallInput<N>,
): Promise<CallResult<N>["output"]> {
  called.add(name);
  const { output, status, requestId } = await client.call(name, input);
  assert.equal(status, operations[name].status, name);
  assert.match(requestId ?? "", /^[\w-]{47}$/);
  return output;
}

async function rejectsWith(code: string, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, { name: "GlacierServiceError", code });
}

async function finishJob(jobId: string): Promise<void> {
  const deadline = performance.now() + FINISH_BOUND_MS;
  while (performance.now() < deadline) {
    const job = await call("DescribeJob", { vaultName, jobId });
    if (job.Completed === true) {
      return;
    }
    await sleep(20);
  }
  assert.fail(`the job ${jobId} did not finish`);
}

async function outputOf(jobId: string, range?: string) {
  const { output, status } = await client.call("GetJobOutput", { vaultName, jobId, range });
  called.add("GetJobOutput");
  assert.equal(output.status, status);
  return { output, bytes: Buffer.concat(await Array.fromAsync(output.body.bytes)) };
}

describe("the client's operations on vaults", () => {
  it("create, describe and list them, without members that have no value", async () => {
    const { location } = await call("CreateVault", { vaultName: "other", accountId: "-" });
    assert.equal(location, `/${server.accountId}/vaults/other`);
    const vault = await call("DescribeVault", { vaultName: "other" });
    assert.equal(vault.VaultName, "other");
    assert.match(vault.CreationDate ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const { output } = await client.call("ListVaults", { limit: "10" });
    called.add("ListVaults");
    assert.deepEqual(
      output.VaultList?.map(({ VaultName }) => VaultName),
      ["other", "photos"],
    );
    assert.equal("Marker" in output, false);
  });

  it("delete them, after which they are not found", async () => {
    await call("CreateVault", { vaultName: "short" });
    assert.deepEqual(await call("DeleteVault", { vaultName: "short" }), {});
    await rejectsWith("ResourceNotFoundException", call("DescribeVault", { vaultName: "short" }));
  });

  it("list page by page, and wait for what is there", async () => {
    const names: (string | undefined)[] = [];
    for await (const { output } of listPages(client.call, "ListVaults", {}, { pageSize: 1 })) {
      assert.equal(output.VaultList?.length, 1);
      names.push(...output.VaultList.map(({ VaultName }) => VaultName));
    }
    assert.deepEqual(names, ["other", "photos"]);
    const options = { sleep: async () => assert.fail("nothing to wait for") };
    await awaitVault(client.call, "vault-exists", { vaultName }, options);
    await awaitVault(client.call, "vault-not-exists", { vaultName: "none" }, options);
  });

  it("set, get and remove tags", async () => {
    await call("AddTagsToVault", { vaultName, Tags: { owner: "é", year: "2026" } });
    assert.deepEqual(await call("ListTagsForVault", { vaultName }), {
      Tags: { owner: "é", year: "2026" },
    });
    await call("RemoveTagsFromVault", { vaultName, TagKeys: ["owner"] });
    assert.deepEqual(await call("ListTagsForVault", { vaultName }), { Tags: { year: "2026" } });
  });

  it("set, get and delete notifications", async () => {
    const vaultNotificationConfig = {
      SNSTopic: "arn:aws:sns:us-east-1:111122223333:done",
      Events: ["ArchiveRetrievalCompleted"],
    };
    await rejectsWith(
      "ResourceNotFoundException",
      call("GetVaultNotifications", { vaultName: "other" }),
    );
    await call("SetVaultNotifications", { vaultName, vaultNotificationConfig });
    const read = await call("GetVaultNotifications", { vaultName });
    assert.deepEqual(read, { vaultNotificationConfig });
    await call("DeleteVaultNotifications", { vaultName });
  });

  it("set, get and delete an access policy", async () => {
    await call("SetVaultAccessPolicy", { vaultName, policy });
    assert.deepEqual(await call("GetVaultAccessPolicy", { vaultName }), { policy });
    await call("DeleteVaultAccessPolicy", { vaultName });
  });

  it("begin, abort and complete a lock", async () => {
    await call("InitiateVaultLock", { vaultName, policy });
    await call("AbortVaultLock", { vaultName });
    const { lockId = "" } = await call("InitiateVaultLock", { vaultName, policy });
    await call("CompleteVaultLock", { vaultName, lockId });
    const lock = await call("GetVaultLock", { vaultName });
    assert.deepEqual({ State: lock.State, Policy: lock.Policy }, { State: "Locked", ...policy });
  });
});

describe("the client's operations on archives and jobs", () => {
  it("upload an archive, retrieve it and delete it", async () => {
    const bytes = Buffer.from("an archive of a few bytes");
    const source = hashBytes(bytes);
    const { archiveId = "", checksum } = await call("UploadArchive", {
      vaultName,
      archiveDescription: "the  description",
      body: source,
    });
    assert.equal(checksum, source.treeHash);
    const jobParameters = { Type: "archive-retrieval", ArchiveId: archiveId, Tier: "Bulk" };
    const { jobId = "" } = await call("InitiateJob", { vaultName, jobParameters });
    await finishJob(jobId);
    const whole = await outputOf(jobId);
    assert.deepEqual(whole.bytes, bytes);
    assert.equal(whole.output.body.sizeBytes, bytes.length);
    assert.equal(whole.output.status, 200);
    assert.equal(whole.output.checksum, source.treeHash);
    const part = await outputOf(jobId, "bytes=3-9");
    assert.equal(part.bytes.toString(), "archive");
    assert.equal(part.output.status, 206);
    assert.equal(part.output.contentRange, `bytes 3-9/${bytes.length}`);
    const { JobList } = await call("ListJobs", { vaultName, completed: "true" });
    assert.deepEqual(
      JobList?.map(({ JobId }) => JobId),
      [jobId],
    );
    await call("DeleteArchive", { vaultName, archiveId });
  });

  it("upload an archive in parts", async () => {
    const bytes = Buffer.alloc(MIB + 5, "part");
    const { uploadId = "" } = await call("InitiateMultipartUpload", {
      vaultName,
      partSize: String(MIB),
    });
    for (const [start, end] of [
      [0, MIB],
      [MIB, MIB + 5],
    ] as const) {
      await call("UploadMultipartPart", {
        vaultName,
        uploadId,
        range: `bytes ${start}-${end - 1}/*`,
        body: hashBytes(bytes.subarray(start, end)),
      });
    }
    const { Parts, PartSizeInBytes } = await call("ListParts", { vaultName, uploadId });
    assert.deepEqual([Parts?.length, PartSizeInBytes], [2, MIB]);
    const { UploadsList } = await call("ListMultipartUploads", { vaultName });
    assert.deepEqual(
      UploadsList?.map(({ MultipartUploadId }) => MultipartUploadId),
      [uploadId],
    );
    const { treeHash } = hashBytes(bytes);
    const archiveSize = String(bytes.length);
    const completion = { vaultName, uploadId, archiveSize, checksum: treeHash };
    const { checksum } = await call("CompleteMultipartUpload", completion);
    assert.equal(checksum, treeHash);
  });

  it("abort an upload", async () => {
    const partSize = String(MIB);
    const { uploadId = "" } = await call("InitiateMultipartUpload", { vaultName, partSize });
    await call("AbortMultipartUpload", { vaultName, uploadId });
    await rejectsWith("ResourceNotFoundException", call("ListParts", { vaultName, uploadId }));
  });

  it("say what the service says of an empty archive", async () => {
    const body = hashBytes(new Uint8Array());
    await assert.rejects(client.call("UploadArchive", { vaultName, body }), {
      code: "InvalidParameterValueException",
      message: "Invalid Content-Length: 0",
      status: 400,
    });
  });
});

describe("the client's operations on an account", () => {
  it("set and get the data retrieval policy, with 64-bit limits exact", async () => {
    const Policy = { Rules: [{ BytesPerHour: 9_007_199_254_740_993n, Strategy: "BytesPerHour" }] };
    await call("SetDataRetrievalPolicy", { Policy });
    assert.deepEqual(await call("GetDataRetrievalPolicy", {}), { Policy });
    await call("SetDataRetrievalPolicy", { Policy: { Rules: [{ Strategy: "None" }] } });
  });

  it("purchase and list provisioned capacity", async () => {
    const { capacityId } = await call("PurchaseProvisionedCapacity", {});
    const { ProvisionedCapacityList } = await call("ListProvisionedCapacity", {});
    assert.deepEqual(
      ProvisionedCapacityList?.map(({ CapacityId }) => CapacityId),
      [capacityId],
    );
  });
});

describe("the client's requests", () => {
  it("are refused for lack of a signature when there are no credentials to sign with", async () => {
    const unsigned = connect(server, { credentials: undefined });
    await rejectsWith("MissingAuthenticationTokenException", unsigned.call("ListVaults", {}));
    unsigned.close();
  });

  it("are signed so that every character of a name and a header is covered", async () => {
    const odd = "no such vault/é+%~&=?#";
    await rejectsWith("ResourceNotFoundException", call("DescribeVault", { vaultName: odd }));
    await rejectsWith("InvalidParameterValueException", call("ListVaults", { marker: "a+b é%" }));
    await assert.rejects(
      call("InitiateMultipartUpload", { vaultName, partSize: "1048576", archiveDescription: "é" }),
      { code: "InvalidParameterValueException" },
    );
  });

  it("show neither secret nor signature in errors and traffic", async () => {
    const events: unknown[] = [];
    const secretAccessKey = "wrongSecret/wrongSecret/wrongSecret/0123";
    const wrong = connect(server, {
      credentials: async () => ({ ...server.signing("us-east-1"), secretAccessKey }),
      onTraffic: (event) => events.push(event),
    });
    const error = await wrong.call("ListVaults", {}).catch((caught) => caught);
    wrong.close();
    assert.equal(error.code, "InvalidSignatureException");
    const shown = JSON.stringify([events, error, error.message, error.stack]);
    assert.equal(shown.includes(secretAccessKey), false);
    assert.equal(shown.includes("Signature="), false);
    assert.match(shown, /"authorization","\(hidden\)"/);
  });

  it("were made for every operation of the table", () => {
    assert.deepEqual(
      operationNames.filter((name) => !called.has(name)),
      [],
    );
  });
});
