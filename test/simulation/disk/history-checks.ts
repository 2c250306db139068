/** Compares what is stored and served with what clients were told; settles what was in doubt by what is seen. */
import assert from "node:assert/strict";
import type { Archive, SnapshotArchive } from "../../../src/domain/archive.ts";
import type { ArchiveId, BlobId, JobId } from "../../../src/domain/ids.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { Vault, VaultName } from "../../../src/domain/vault.ts";
import { concatBytes } from "../../../src/std/bytes.ts";
import { ACCOUNT_ID, REGION } from "../../support/metadata-builders.ts";
import { checkSelectEnded } from "../select-outcome.ts";
import type { DiskWorld } from "./disk-world.ts";
import { request } from "./history-client.ts";
import type {
  HistoryModel,
  ModelArchive,
  ModelJob,
  ModelUpload,
  ModelVault,
} from "./history-model.ts";

const LIMIT = 1000;

/** The world is at rest, alive and without faults. `WithBytes` reads every archive back. */
export async function checkHistory(
  world: DiskWorld,
  model: HistoryModel,
  options: { readonly withBytes: boolean },
): Promise<void> {
  const blobs = new Set((await world.listBlobs()).blobs);
  for (const vault of model.vaults) {
    const found = await checkVault(world, vault);
    await checkArchives(world, model, { vault, found, ...options });
    await checkUploads(world, model, { vault, found, blobs });
    await checkJobs(world, model, vault, found);
  }
}

/** Names of the blobs that live archives consist of: all that may be left once nothing else is wanted. */
export async function listWantedBlobs(world: DiskWorld, model: HistoryModel): Promise<BlobId[]> {
  const wanted: BlobId[] = [];
  for (const archive of model.presentArchives()) {
    const record = await world.metadata.archives.find(archive.archiveId as ArchiveId);
    assert.ok(record !== undefined);
    wanted.push(...(await listParts(world, record)).map((part) => part.blobId));
  }
  return wanted.sort();
}

async function checkVault(world: DiskWorld, vault: ModelVault): Promise<Vault | undefined> {
  const vaultName = vault.name as VaultName;
  const found = await world.metadata.vaults.find({
    accountId: ACCOUNT_ID,
    region: REGION,
    vaultName,
  });
  vault.presence = settle(vault.presence, found !== undefined, vault.name);
  if (found === undefined) {
    return undefined;
  }
  for (const [key, possible] of vault.tags) {
    const value = found.tags.get(key);
    assert.ok(possible.has(value), `tag ${key} of ${vault.name} is ${value}`);
    vault.tags.set(key, new Set([value]));
  }
  const state = found.lock?.state ?? "None";
  assert.ok(vault.lockStates.has(state), `the lock of ${vault.name} is ${state}`);
  vault.lockStates = new Set([state]);
  return found;
}

async function checkArchives(
  world: DiskWorld,
  model: HistoryModel,
  about: { readonly vault: ModelVault; readonly found: Vault | undefined; withBytes: boolean },
): Promise<void> {
  const { vault, found } = about;
  const records =
    found === undefined
      ? []
      : await world.metadata.archives.listSnapshotPage({
          vaultId: found.vaultId,
          changeSequence: Number.MAX_SAFE_INTEGER,
          createdFromMs: undefined,
          createdBeforeMs: undefined,
          from: undefined,
          limit: LIMIT,
        });
  const byDescription = new Map(records.map((record) => [record.description, record]));
  assert.equal(byDescription.size, records.length, "no archive is there twice");
  for (const archive of model.archives.filter((one) => one.vault === vault)) {
    const record = byDescription.get(archive.description);
    byDescription.delete(archive.description);
    archive.presence = settle(archive.presence, record !== undefined, archive.description);
    if (record !== undefined) {
      await checkArchive(world, archive, record, about.withBytes);
    }
  }
  assert.deepEqual([...byDescription.keys()], [], "archives that nobody was told of");
  const sum = records.reduce((total, record) => total + BigInt(record.sizeBytes), 0n);
  if (found !== undefined) {
    assert.equal(found.archiveCount, records.length, "archive counter");
    assert.equal(found.archiveBytes, sum, "byte counter");
  }
}

async function checkArchive(
  world: DiskWorld,
  archive: ModelArchive,
  record: SnapshotArchive,
  withBytes: boolean,
): Promise<void> {
  archive.archiveId ??= record.archiveId;
  assert.equal(record.archiveId, archive.archiveId);
  assert.equal(record.sizeBytes, archive.payload.bytes.length);
  assert.equal(record.treeHash, archive.payload.treeHash);
  if (withBytes) {
    const whole = await world.metadata.archives.find(record.archiveId);
    assert.ok(whole, `LOST: the record of ${archive.description}`);
    const bytes = await readParts(world, whole);
    const isSame = Buffer.compare(bytes, archive.payload.bytes) === 0;
    assert.ok(isSame, `LOST: bytes of ${archive.description}`);
  }
}

async function listParts(world: DiskWorld, { manifestId }: Pick<Archive, "manifestId">) {
  const page = { manifestId, fromStartBytes: 0, limit: LIMIT };
  return await world.metadata.manifests.listPartsPage(page);
}

async function readParts(
  world: DiskWorld,
  record: Pick<Archive, "manifestId">,
): Promise<Uint8Array> {
  const { services } = await world.alive();
  const chunks: Uint8Array[] = [];
  for (const { blobId, sizeBytes } of await listParts(world, record)) {
    for await (const chunk of services.blobs.read(blobId, { start: 0, endExclusive: sizeBytes })) {
      chunks.push(chunk.slice());
    }
  }
  return concatBytes(chunks);
}

async function checkUploads(
  world: DiskWorld,
  model: HistoryModel,
  about: {
    readonly vault: ModelVault;
    readonly found: Vault | undefined;
    readonly blobs: ReadonlySet<string>;
  },
): Promise<void> {
  const { vault, found, blobs } = about;
  const page = { from: undefined, limit: LIMIT };
  const records =
    found === undefined
      ? []
      : await world.metadata.uploads.listPage({ vaultId: found.vaultId, ...page });
  const byDescription = new Map(records.map((record) => [record.description, record]));
  for (const upload of model.uploads.filter((one) => one.vault === vault)) {
    const record = byDescription.get(upload.description);
    byDescription.delete(upload.description);
    const isGone = found === undefined ? "InDoubt" : upload.presence;
    upload.presence = settle(isGone, record !== undefined, upload.description);
    if (record !== undefined) {
      upload.uploadId ??= record.uploadId;
      checkParts(blobs, upload, await listParts(world, record));
    }
  }
  assert.deepEqual([...byDescription.keys()], [], "uploads that nobody was told of");
}

function checkParts(
  blobs: ReadonlySet<string>,
  upload: ModelUpload,
  stored: Awaited<ReturnType<typeof listParts>>,
): void {
  const hashes = new Map(stored.map((part) => [part.startBytes, part.treeHash]));
  for (const part of stored) {
    assert.ok(blobs.has(part.blobId), `LOST: the blob of a part of ${upload.description}`);
    assert.ok(upload.parts.has(part.startBytes), "a part that nobody sent");
  }
  for (const [start, possible] of upload.parts) {
    const isWanted = [...possible].find((part) => part?.treeHash === hashes.get(start));
    const label = `part ${start} of ${upload.description}`;
    assert.ok(isWanted !== undefined || (!hashes.has(start) && possible.has(undefined)), label);
    upload.parts.set(start, new Set([isWanted]));
  }
}

async function checkJobs(
  world: DiskWorld,
  model: HistoryModel,
  vault: ModelVault,
  found: Vault | undefined,
): Promise<void> {
  const page = { status: undefined, completed: undefined, from: undefined, limit: LIMIT };
  const records =
    found === undefined
      ? []
      : await world.metadata.jobs.listPage({ vaultId: found.vaultId, ...page });
  const byDescription = new Map(records.map((record) => [record.description, record]));
  for (const job of model.jobs.filter((one) => one.vault === vault)) {
    const record = byDescription.get(job.description);
    byDescription.delete(job.description);
    const isForgotten = found === undefined || job.ended !== undefined;
    const presence = isForgotten ? "InDoubt" : job.presence;
    job.presence = settle(presence, record !== undefined, job.description);
    if (record !== undefined) {
      job.jobId ??= record.jobId;
      await checkJob(world, job, record);
    }
  }
  assert.deepEqual([...byDescription.keys()], [], "jobs that nobody was told of");
}

async function checkJob(world: DiskWorld, job: ModelJob, record: Job): Promise<void> {
  if (record.status === "InProgress") {
    assert.equal(job.ended, undefined, "an ended job never goes on");
    return;
  }
  assert.equal(job.ended ?? record.status, record.status, "an ended job never changes");
  const isNews = job.ended === undefined;
  job.ended = record.status;
  if (record.status === "Failed") {
    const isDeleted = job.archive?.deletionAsked === true;
    const mayFail = job.isFailingQuery || isDeleted || world.faults.readsFailed;
    assert.ok(mayFail, `${job.description} (${job.kind}) failed: ${record.message}`);
  }
  if (job.kind === "select") {
    if (isNews) {
      checkSelectEnded(world.results, record, job.archive?.payload.bytes ?? new Uint8Array());
    }
  } else if (record.status === "Succeeded") {
    await checkOutput(world, job, record.jobId);
  }
}

/** Outputs are served whole and right, or not at all once they have expired. */
async function checkOutput(world: DiskWorld, job: ModelJob, jobId: JobId): Promise<void> {
  await world.alive();
  const answer = await request(world, "GetJobOutput", { vaultName: job.vault.name, jobId });
  assert.ok(answer.kind === "Acknowledged", `output of ${job.description}: ${errorOf(answer)}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.output.body.bytes) {
    chunks.push(chunk.slice());
  }
  const bytes = concatBytes(chunks);
  if (job.range !== undefined) {
    const { start, endExclusive } = job.range;
    const wanted = job.archive?.payload.bytes.subarray(start, endExclusive);
    assert.equal(Buffer.compare(bytes, wanted ?? new Uint8Array()), 0, `torn: ${job.description}`);
    return;
  }
  const { ArchiveList: listed } = JSON.parse(Buffer.from(bytes).toString());
  assert.ok(Array.isArray(listed), "an inventory lists archives");
  job.output ??= bytes;
  assert.equal(Buffer.compare(bytes, job.output), 0, "an inventory never changes");
}

function errorOf(answer: { readonly kind: string; readonly error?: unknown }): string {
  return `${answer.kind} ${answer.error}`;
}

/** What is so, when that is right; settles doubt. */
function settle(
  presence: ModelVault["presence"],
  isThere: boolean,
  label: string,
): "Present" | "Absent" {
  if (presence === "Present") {
    assert.ok(isThere, `LOST: ${label} was acknowledged and is gone`);
  } else if (presence === "Absent") {
    assert.ok(!isThere, `${label} is visible although it was refused, removed or never asked for`);
  }
  return isThere ? "Present" : "Absent";
}
