/** What outlives a process, what a setting delays or ends, and what a region hides; seen by the SDK v3. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as sdk from "@aws-sdk/client-glacier";
import { makeFolder } from "../support/external-command.ts";
import { MIB, makePayload } from "../support/payload.ts";
import { type ServerOptions, type ServerProcess, startServer } from "../support/server-process.ts";

const VAULT = "lifetime";
const inVault = { accountId: "-", vaultName: VAULT };

/** Servers of one test file; whatever is left of them ends with it. */
const servers = new Set<ServerProcess>();
const folders: (() => Promise<void>)[] = [];

async function start(options: ServerOptions): Promise<ServerProcess> {
  const server = await startServer(options);
  servers.add(server);
  return server;
}

async function stop(server: ServerProcess): Promise<void> {
  servers.delete(server);
  const end = await server.stop();
  assert.deepEqual(end, { code: 0, signal: null }, server.logs());
}

async function makeDataDir(): Promise<string> {
  const folder = await makeFolder();
  folders.push(folder.remove);
  return folder.path;
}

function clientOf(server: ServerProcess, region = "us-east-1"): sdk.Glacier {
  const { accessKeyId, secretAccessKey } = server.credentials;
  return new sdk.Glacier({
    endpoint: server.apiUrl,
    region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
}

async function awaitJob(glacier: sdk.Glacier, jobId: string | undefined) {
  for (const deadline = performance.now() + 90_000; performance.now() < deadline; ) {
    const job = await glacier.describeJob({ ...inVault, jobId });
    if (job.Completed) {
      assert.equal(job.StatusCode, "Succeeded", String(job.StatusMessage));
      return job;
    }
    await sleep(100);
  }
  throw new Error(`job ${jobId} did not end`);
}

async function download(glacier: sdk.Glacier, jobId: string | undefined): Promise<Buffer> {
  const output = await glacier.getJobOutput({ ...inVault, jobId });
  return Buffer.from(await output.body!.transformToByteArray());
}

after(async () => {
  await Promise.all([...servers].map((server) => server.stop()));
  await Promise.all(folders.map((remove) => remove()));
});

describe("a data folder", () => {
  it("keeps everything for the next start, generated credentials included", async () => {
    const dataDir = await makeDataDir();
    const first = await start({ dataDir, generateRoot: true });
    const { accessKeyId, secretAccessKey, accountId } = first.credentials;
    for (const shown of [accessKeyId, secretAccessKey, accountId, first.apiUrl, dataDir]) {
      assert.ok(first.logs().includes(shown), `the first start prints ${shown}`);
    }
    assert.match(accessKeyId, /^[A-Za-z0-9]{20}$/);
    assert.match(secretAccessKey, /^[!-~]{40}$/);
    const before = clientOf(first);
    const created = await before.createVault(inVault);
    assert.equal(created.location, `/${accountId}/vaults/${VAULT}`);
    await before.addTagsToVault({ ...inVault, Tags: { keep: "me" } });
    const payload = makePayload(2 * MIB + 1, "kept");
    const { archiveId } = await before.uploadArchive({ ...inVault, body: payload.bytes });
    const { uploadId } = await before.initiateMultipartUpload({ ...inVault, partSize: `${MIB}` });
    const part = makePayload(MIB, "part");
    await before.uploadMultipartPart({
      ...inVault,
      uploadId,
      range: `bytes 0-${MIB - 1}/*`,
      body: part.bytes,
    });
    const { jobId } = await before.initiateJob({
      ...inVault,
      jobParameters: { Type: "archive-retrieval", ArchiveId: String(archiveId) },
    });
    await awaitJob(before, jobId);
    const described = await before.describeVault(inVault);
    await stop(first);

    const second = await start({ dataDir, generateRoot: true });
    assert.deepEqual(second.credentials, first.credentials);
    assert.ok(!second.logs().includes(secretAccessKey), "the secret is not shown again");
    const again = clientOf(second);
    const { $metadata: _before, ...vaultBefore } = described;
    const { $metadata: _after, ...vaultAfter } = await again.describeVault(inVault);
    assert.deepEqual(vaultAfter, vaultBefore);
    assert.deepEqual((await again.listTagsForVault(inVault)).Tags, { keep: "me" });
    const { Parts } = await again.listParts({ ...inVault, uploadId });
    assert.deepEqual(Parts, [{ RangeInBytes: `0-${MIB - 1}`, SHA256TreeHash: part.treeHash }]);
    assert.ok(payload.bytes.equals(await download(again, jobId)), "the finished job still serves");
    const done = await again.completeMultipartUpload({
      ...inVault,
      uploadId,
      archiveSize: `${MIB}`,
      checksum: part.treeHash,
    });
    const retrieval = await again.initiateJob({
      ...inVault,
      jobParameters: { Type: "archive-retrieval", ArchiveId: String(done.archiveId) },
    });
    await awaitJob(again, retrieval.jobId);
    assert.ok(part.bytes.equals(await download(again, retrieval.jobId)));
    await stop(second);
  });

  for (const way of ["a stop", "a crash"] as const) {
    it(`keeps a job that waits for its tier over ${way}`, async () => {
      const dataDir = await makeDataDir();
      const flags = ["--tier-delays", "Standard=3s"];
      const first = await start({ dataDir, flags });
      const before = clientOf(first);
      await before.createVault(inVault);
      const payload = makePayload(MIB + 1, way);
      const { archiveId } = await before.uploadArchive({ ...inVault, body: payload.bytes });
      const jobParameters = { Type: "archive-retrieval", ArchiveId: String(archiveId) };
      const { jobId } = await before.initiateJob({ ...inVault, jobParameters });
      const waiting = await before.describeJob({ ...inVault, jobId });
      assert.equal(waiting.StatusCode, "InProgress");
      await assert.rejects(before.getJobOutput({ ...inVault, jobId }), {
        name: "InvalidParameterValueException",
        message: `The job is not currently available for download: ${jobId}`,
      });
      const expedited = await before.initiateJob({
        ...inVault,
        jobParameters: { ...jobParameters, Tier: "Expedited" },
      });
      await awaitJob(before, expedited.jobId);
      await (way === "a stop" ? stop(first) : first.kill9());

      const second = await start({ dataDir, flags });
      const again = clientOf(second);
      const job = await awaitJob(again, jobId);
      const tookMs = Date.parse(String(job.CompletionDate)) - Date.parse(String(job.CreationDate));
      assert.ok(tookMs >= 3000 && tookMs < 13_000, `the job took ${tookMs} ms`);
      assert.ok(payload.bytes.equals(await download(again, jobId)));
      await stop(second);
    });
  }
});

describe("settings of time", () => {
  it("takes inventories on schedule, which decide counts, inventory jobs and DeleteVault", async () => {
    const server = await start({ flags: ["--inventory", "2s"] });
    const glacier = clientOf(server);
    await glacier.createVault(inVault);
    const jobParameters = { Type: "inventory-retrieval" };
    const arn = `arn:aws:glacier:us-east-1:${server.credentials.accountId}:vaults/${VAULT}`;
    await assert.rejects(glacier.initiateJob({ ...inVault, jobParameters }), {
      name: "ResourceNotFoundException",
      message:
        `Inventory retrieval jobs for vault ${arn} cannot be initiated yet, as Amazon Glacier has ` +
        "not yet generated an initial inventory for this vault.",
    });
    const { archiveId } = await glacier.uploadArchive({
      ...inVault,
      body: Buffer.alloc(1000, "x"),
    });
    const fresh = await glacier.describeVault(inVault);
    assert.deepEqual([fresh.NumberOfArchives, fresh.SizeInBytes], [0, 0]);
    await assert.rejects(glacier.deleteVault(inVault), {
      message: `Vault not empty or recently written to: ${arn}`,
    });
    const inventoried = await awaitVault(glacier, (vault) => vault.NumberOfArchives === 1);
    assert.equal(inventoried.SizeInBytes, 1000 + 32_768);
    assert.match(String(inventoried.LastInventoryDate), /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
    await glacier.deleteArchive({ ...inVault, archiveId });
    await assert.rejects(glacier.deleteVault(inVault), sdk.InvalidParameterValueException);
    const { jobId } = await glacier.initiateJob({ ...inVault, jobParameters });
    await awaitJob(glacier, jobId);
    const inventory = JSON.parse((await download(glacier, jobId)).toString());
    assert.equal(inventory.ArchiveList[0].ArchiveId, archiveId, "the inventory is as of its date");
    await awaitVault(glacier, (vault) => vault.NumberOfArchives === 0);
    await glacier.deleteVault(inVault);
    await assert.rejects(glacier.describeVault(inVault), sdk.ResourceNotFoundException);
    await stop(server);
  });

  it("forgets jobs after their retention", async () => {
    const server = await start({ flags: ["--job-retention", "1s"] });
    const glacier = clientOf(server);
    await glacier.createVault(inVault);
    const jobParameters = { Type: "inventory-retrieval" };
    const { jobId } = await glacier.initiateJob({ ...inVault, jobParameters });
    await awaitJob(glacier, jobId);
    assert.ok((await download(glacier, jobId)).length > 0);
    await sleep(1200);
    await assert.rejects(glacier.describeJob({ ...inVault, jobId }), sdk.ResourceNotFoundException);
    await assert.rejects(glacier.getJobOutput({ ...inVault, jobId }), {
      name: "ResourceNotFoundException",
      message: `The job ID was not found: ${jobId}`,
    });
    assert.deepEqual((await glacier.listJobs(inVault)).JobList, []);
    await stop(server);
  });

  it("reclaims multipart uploads that were idle for their retention, at the next start", async () => {
    const dataDir = await makeDataDir();
    const flags = ["--upload-retention", "1s"];
    const first = await start({ dataDir, flags });
    const before = clientOf(first);
    await before.createVault(inVault);
    const { uploadId } = await before.initiateMultipartUpload({ ...inVault, partSize: `${MIB}` });
    assert.deepEqual((await before.listParts({ ...inVault, uploadId })).Parts, []);
    await sleep(1200);
    await stop(first);
    const second = await start({ dataDir, flags });
    const again = clientOf(second);
    for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
      const { UploadsList } = await again.listMultipartUploads(inVault);
      if (UploadsList?.length === 0) {
        break;
      }
      await sleep(100);
    }
    await assert.rejects(again.listParts({ ...inVault, uploadId }), {
      name: "ResourceNotFoundException",
      message: `The upload ID was not found: ${uploadId}`,
    });
    await stop(second);
  });
});

describe("two regions", () => {
  it("hold vaults of one name that have nothing to do with each other", async () => {
    const server = await start({});
    const west = clientOf(server, "us-west-2");
    const east = clientOf(server, "us-east-1");
    await west.createVault(inVault);
    await assert.rejects(east.describeVault(inVault), sdk.ResourceNotFoundException);
    await east.createVault(inVault);
    const stored = await west.uploadArchive({ ...inVault, body: Buffer.from("west") });
    const jobParameters = { Type: "archive-retrieval", ArchiveId: String(stored.archiveId) };
    await assert.rejects(
      east.initiateJob({ ...inVault, jobParameters }),
      (error: Error) => !(error instanceof sdk.ServiceUnavailableException),
    );
    assert.equal((await west.describeVault(inVault)).NumberOfArchives, 1);
    assert.equal((await east.describeVault(inVault)).NumberOfArchives, 0);
    assert.match(String((await west.describeVault(inVault)).VaultARN), /:us-west-2:/);
    await east.deleteVault(inVault);
    assert.equal((await west.describeVault(inVault)).VaultName, VAULT);
    await stop(server);
  });
});

async function awaitVault(
  glacier: sdk.Glacier,
  isReached: (vault: sdk.DescribeVaultCommandOutput) => boolean,
) {
  for (const deadline = performance.now() + 15_000; performance.now() < deadline; ) {
    const vault = await glacier.describeVault(inVault);
    if (isReached(vault)) {
      return vault;
    }
    await sleep(100);
  }
  throw new Error("the vault did not change within 15 s");
}
