/** Contract of `JobStore`. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { ManifestId } from "../../src/domain/ids.ts";
import type { JobInProgress, JobOutput, SelectRequest } from "../../src/domain/job.ts";
import type { JobStore } from "../../src/ports/metadata-store.ts";
import {
  addArchive,
  buildArchiveRequest,
  buildHash,
  buildInventoryRequest,
  buildJob,
  buildVaultKey,
  deleteArchive,
  NOW_MS,
} from "../support/metadata-builders.ts";
import { selectRequest } from "../support/select-builders.ts";
import { declareTests, type MetadataTest, type OpenMetadata } from "./metadata-store-harness.ts";

const MINE = { owner: "mine", untilMs: NOW_MS + 1000 };
const THEIRS = { owner: "theirs", untilMs: NOW_MS + 5000 };

export function describeJobs(open: OpenMetadata): void {
  describeJobRecords(open);
  describeLeases(open);
  describeEndedJobs(open);
}

function describeJobRecords(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("jobs", () => {
    test("are found as they were inserted", async (given) => {
      const { store, ids } = given;
      const archive = { archiveId: ids.archiveId(), sizeBytes: 2 ** 45 };
      const jobs = [
        await insert(given, { request: buildArchiveRequest(archive) }),
        await insert(given, {
          description: "d",
          snsTopic: "arn:aws:sns:us-east-1:123456789012:t",
          request: { ...buildArchiveRequest(archive), archiveDescription: "", rangeGiven: true },
        }),
        await insert(given),
        await insert(given, { request: fullInventoryRequest(given) }),
        await insert(given, { request: selectRequest(archive.archiveId, 10) }),
        await insert(given, { request: fullSelectRequest(given) }),
      ];
      for (const job of jobs) {
        assert.deepEqual(await store.jobs.find(job.jobId), job);
      }
      assert.equal(await store.jobs.find(ids.jobId()), undefined);
    });

    test("are listed newest first by status, from an inclusive start", async (given) => {
      const { store, vault } = given;
      const other = await store.vaults.insert({ ...buildVaultKey("other"), createdAtMs: NOW_MS });
      const jobs: JobInProgress[] = [];
      for (let index = 0; index < 6; index += 1) {
        jobs.push(await insert(given));
      }
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      await insert(given, { vaultId: other.vaultId });
      await finish(given, jobs[1], succeeded(given));
      await finish(given, jobs[4], succeeded(given));
      await finish(given, jobs[2], { status: "Failed", message: "no" });
      const list = async (page: Partial<Parameters<JobStore["listPage"]>[0]>) => {
        const { vaultId } = vault;
        const rest = { status: undefined, completed: undefined, from: undefined, limit: 10 };
        const listed = await store.jobs.listPage({ vaultId, ...rest, ...page });
        return listed.map((job) => jobs.findIndex(({ jobId }) => jobId === job.jobId));
      };
      assert.deepEqual(await list({}), [5, 4, 3, 2, 1, 0]);
      assert.deepEqual(await list({ limit: 2 }), [5, 4]);
      assert.deepEqual(await list({ from: jobs[3]?.jobId, limit: 3 }), [3, 2, 1]);
      assert.deepEqual(await list({ status: "Succeeded" }), [4, 1]);
      assert.deepEqual(await list({ status: "Failed" }), [2]);
      assert.deepEqual(await list({ completed: true }), [4, 2, 1]);
      assert.deepEqual(await list({ completed: false, from: jobs[4]?.jobId }), [3, 0]);
      assert.deepEqual(await list({ status: "InProgress", completed: true }), []);
    });
  });
}

function describeLeases(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("job leases", () => {
    test("are given to due jobs, earliest due first", async (given) => {
      const { store } = given;
      const late = await insert(given, { dueAtMs: NOW_MS });
      const early = await insert(given, { dueAtMs: NOW_MS - 5 });
      await insert(given, { dueAtMs: NOW_MS + 1 });
      assert.deepEqual(await store.jobs.claimDue(NOW_MS, MINE, 10), [early, late]);
    });

    test("are given to jobs of the kinds asked for, and said to be claimable by kind", async (given) => {
      const { store, ids } = given;
      const request = selectRequest(ids.archiveId(), 10);
      const query = await insert(given, { request, dueAtMs: NOW_MS - 7 });
      const other = await insert(given, { dueAtMs: NOW_MS - 5 });
      assert.equal(await store.jobs.nextClaimableAtMs(), NOW_MS - 7);
      assert.equal(await store.jobs.nextClaimableAtMs(["Select"]), NOW_MS - 7);
      const others = ["ArchiveRetrieval", "InventoryRetrieval"] as const;
      assert.equal(await store.jobs.nextClaimableAtMs(others), NOW_MS - 5);
      assert.deepEqual(await store.jobs.claimDue(NOW_MS, MINE, 10, others), [other]);
      assert.deepEqual(await store.jobs.claimDue(NOW_MS, MINE, 10, others), []);
      assert.deepEqual(await store.jobs.claimDue(NOW_MS, MINE, 10, ["Select"]), [query]);
    });

    test("of select jobs end with success without any output of ours", async (given) => {
      const { store, ids } = given;
      const query = await insert(given, { request: selectRequest(ids.archiveId(), 10) });
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      const end = { completedAtMs: NOW_MS, expiresAtMs: NOW_MS + 1 };
      const outcome = { status: "Succeeded", output: undefined } as const;
      assert.ok(await store.jobs.finish(query.jobId, MINE.owner, { ...end, outcome }));
      const found = await store.jobs.find(query.jobId);
      assert.deepEqual(found, { ...query, ...end, ...outcome });
      await store.jobs.remove(query.jobId);
      assert.equal(await store.jobs.find(query.jobId), undefined);
    });

    test("are given up to the limit", async (given) => {
      await insert(given);
      await insert(given);
      assert.equal((await given.store.jobs.claimDue(NOW_MS, MINE, 1)).length, 1);
      assert.equal((await given.store.jobs.claimDue(NOW_MS, THEIRS, 5)).length, 1);
    });

    test("end at once when the owner of the store releases them", async (given) => {
      const { store } = given;
      const job = await insert(given, { dueAtMs: NOW_MS - 5 });
      const waiting = await insert(given, { dueAtMs: NOW_MS + 7 });
      const done = await insert(given, { dueAtMs: NOW_MS - 3 });
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      await finish(given, done, succeeded(given));
      assert.equal(await store.jobs.releaseLeases(), 1);
      assert.equal(await store.jobs.nextClaimableAtMs(), NOW_MS - 5);
      assert.deepEqual(await store.jobs.claimDue(NOW_MS, THEIRS, 10), [job]);
      assert.deepEqual(await store.jobs.claimDue(NOW_MS + 7, MINE, 10), [waiting]);
      assert.equal(await store.jobs.renewLease(job.jobId, MINE), false);
    });

    test("are exclusive among workers that claim at once", async (given) => {
      for (let index = 0; index < 20; index += 1) {
        await insert(given);
      }
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          given.store.jobs.claimDue(NOW_MS, { ...MINE, owner: `worker-${index}` }, 4),
        ),
      );
      const claimed = claims.flat().map((job) => job.jobId);
      assert.equal(claimed.length, 20);
      assert.equal(new Set(claimed).size, 20);
    });

    test("end by themselves, and another worker may claim", async (given) => {
      const { store } = given;
      const job = await insert(given);
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      assert.deepEqual(await store.jobs.claimDue(MINE.untilMs - 1, THEIRS, 10), []);
      assert.deepEqual(await store.jobs.claimDue(MINE.untilMs, THEIRS, 10), [job]);
    });

    test("are renewed by their owner until another worker has the job", async (given) => {
      const { store } = given;
      const { jobId } = await insert(given);
      assert.equal(await store.jobs.renewLease(jobId, MINE), false);
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      assert.equal(await store.jobs.renewLease(jobId, THEIRS), false);
      assert.equal(await store.jobs.renewLease(jobId, { ...MINE, untilMs: NOW_MS + 2000 }), true);
      assert.deepEqual(await store.jobs.claimDue(NOW_MS + 1999, THEIRS, 10), []);
      assert.equal((await store.jobs.claimDue(NOW_MS + 2000, THEIRS, 10)).length, 1);
      assert.equal(await store.jobs.renewLease(jobId, MINE), false);
    });

    test("tell when the next job may be claimed", async (given) => {
      const { store } = given;
      assert.equal(await store.jobs.nextClaimableAtMs(), undefined);
      const job = await insert(given, { dueAtMs: NOW_MS });
      await insert(given, { dueAtMs: NOW_MS + 3000 });
      assert.equal(await store.jobs.nextClaimableAtMs(), NOW_MS);
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      assert.equal(await store.jobs.nextClaimableAtMs(), MINE.untilMs);
      await finish(given, job, succeeded(given));
      assert.equal(await store.jobs.nextClaimableAtMs(), NOW_MS + 3000);
    });
  });
}

function describeEndedJobs(open: OpenMetadata): void {
  const test = declareTests(open);
  describe("ended jobs", () => {
    test("keep their outcome", async (given) => {
      const { store } = given;
      const [good, bad] = [await insert(given), await insert(given)];
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      const outcome = succeeded(given, {
        treeHash: buildHash("9"),
        nextPosition: { createdAtMs: 5, archiveId: given.ids.archiveId() },
      });
      assert.equal(await finish(given, good, outcome), true);
      assert.equal(await finish(given, bad, { status: "Failed", message: "rotten" }), true);
      const times = { completedAtMs: NOW_MS + 7, expiresAtMs: NOW_MS + 700 };
      assert.deepEqual(await store.jobs.find(good.jobId), { ...good, ...times, ...outcome });
      const failed = { ...bad, ...times, status: "Failed", message: "rotten" };
      assert.deepEqual(await store.jobs.find(bad.jobId), failed);
    });

    test("are ended by the lease's owner only, and only once", async (given) => {
      const { store } = given;
      const job = await insert(given);
      assert.equal(await finish(given, job, succeeded(given)), false);
      await store.jobs.claimDue(NOW_MS, THEIRS, 10);
      assert.equal(await finish(given, job, succeeded(given)), false);
      assert.deepEqual(await store.jobs.find(job.jobId), job);
      const outcome = { status: "Failed", message: "first" } as const;
      const end = { completedAtMs: 1, expiresAtMs: 2, outcome };
      assert.equal(await store.jobs.finish(job.jobId, THEIRS.owner, end), true);
      const later = { ...end, completedAtMs: 9 };
      assert.equal(await store.jobs.finish(job.jobId, THEIRS.owner, later), false);
      const ended = { ...job, completedAtMs: 1, expiresAtMs: 2, ...outcome };
      assert.deepEqual(await store.jobs.find(job.jobId), ended);
    });

    test("cannot be claimed or renewed", async (given) => {
      const { store } = given;
      const job = await insert(given);
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      await finish(given, job, succeeded(given));
      assert.deepEqual(await store.jobs.claimDue(NOW_MS + 9999, THEIRS, 10), []);
      assert.equal(await store.jobs.renewLease(job.jobId, MINE), false);
    });

    test("expire, while jobs in progress never do", async (given) => {
      const { store } = given;
      const job = await insert(given);
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      await insert(given);
      await finish(given, job, succeeded(given));
      const listIds = async (nowMs: number) =>
        (await store.jobs.listExpired(nowMs, 10)).map((expired) => expired.jobId);
      assert.deepEqual(await listIds(NOW_MS + 699), []);
      assert.deepEqual(await listIds(NOW_MS + 700), [job.jobId]);
    });

    test("discard an inventory's own output when removed", async (given) => {
      const { store, ids } = given;
      const job = await insert(given);
      await store.jobs.claimDue(NOW_MS, MINE, 10);
      const manifestId = ids.manifestId();
      await finish(given, job, succeeded(given, { manifestId }));
      assert.deepEqual(await store.manifests.listCollectable(9), []);
      await store.jobs.remove(job.jobId);
      await store.jobs.remove(job.jobId);
      assert.equal(await store.jobs.find(job.jobId), undefined);
      assert.deepEqual(await store.manifests.listCollectable(9), [manifestId]);
    });

    test("only unpin an archive when removed", archiveJobUnpins);
  });
}

async function archiveJobUnpins(given: MetadataTest): Promise<void> {
  const { store, ids, vault } = given;
  const archive = await store.transaction((session) =>
    addArchive(session, ids, { vaultId: vault.vaultId }),
  );
  const { manifestId } = archive;
  const request = buildArchiveRequest(archive);
  const [first, second] = [await insert(given, { request }), await insert(given, { request })];
  await store.jobs.claimDue(NOW_MS, MINE, 10);
  for (const job of [first, second]) {
    await store.manifests.pin(manifestId, job.jobId);
    await finish(given, job, succeeded(given, { manifestId }));
  }
  await store.jobs.remove(first.jobId);
  assert.deepEqual(await store.manifests.listCollectable(9), []);
  await deleteArchive(store, archive);
  assert.deepEqual(await store.manifests.listCollectable(9), []);
  await store.jobs.remove(second.jobId);
  assert.deepEqual(await store.manifests.listCollectable(9), [manifestId]);
}

function fullInventoryRequest({ ids }: MetadataTest) {
  return buildInventoryRequest({
    format: "CSV",
    snapshot: { takenAtMs: 1, changeSequence: 2, archiveCount: 3, archiveBytes: 2n ** 62n + 1n },
    startDate: { text: "2012-03-20T17:03:43Z", atMs: 5 },
    endDate: { text: "2013", atMs: 6 },
    limit: 7,
    position: { createdAtMs: 8, archiveId: ids.archiveId() },
  });
}

async function insert(
  { store, ids, vault }: MetadataTest,
  fields: Partial<JobInProgress> = {},
): Promise<JobInProgress> {
  const job = buildJob(ids, { vaultId: vault.vaultId, ...fields });
  await store.jobs.insert(job);
  return job;
}

function succeeded({ ids }: MetadataTest, fields: Partial<JobOutput> = {}) {
  const manifestId: ManifestId = ids.manifestId();
  const range = { start: MIB_START, endExclusive: 2 * MIB_START };
  const output = { manifestId, range, treeHash: undefined, nextPosition: undefined, ...fields };
  return { status: "Succeeded", output } as const;
}

const MIB_START = 1024 * 1024;

/** Ends the job as the worker `MINE`, at fixed times. */
function finish(
  { store }: MetadataTest,
  job: JobInProgress | undefined,
  outcome: Parameters<JobStore["finish"]>[2]["outcome"],
): Promise<boolean> {
  assert.ok(job);
  const end = { completedAtMs: NOW_MS + 7, expiresAtMs: NOW_MS + 700, outcome };
  return store.jobs.finish(job.jobId, MINE.owner, end);
}

/** With every member that a client may give. */
function fullSelectRequest({ ids }: MetadataTest): SelectRequest {
  const separators = {
    fieldDelimiter: ";",
    quoteCharacter: "'",
    quoteEscapeCharacter: "\\",
    recordDelimiter: "\n",
  };
  const grantee = {
    displayName: "d",
    emailAddress: "e",
    id: "i",
    uri: "u",
    type: "Group",
  } as const;
  return selectRequest(ids.archiveId(), 2 ** 45, {
    tier: "Bulk",
    parameters: {
      expression: "SELECT 'ä\\u0000😀' FROM archive",
      expressionType: "SQL",
      inputSerialization: { csv: { ...separators, comments: "#", fileHeaderInfo: "Use" } },
      outputSerialization: { csv: { ...separators, quoteFields: "ALWAYS" } },
    },
    location: {
      bucketName: "bucket",
      prefix: "p/",
      accessControlList: [
        { grantee, permission: "READ" },
        { grantee: undefined, permission: undefined },
      ],
      cannedAcl: "private",
      encryption: { type: "aws:kms", kmsContext: "{}", kmsKeyId: "k" },
      storageClass: "STANDARD_IA",
      tagging: [
        ["b", "1"],
        ["a", "2"],
      ],
      userMetadata: [["__proto__", "x"]],
    },
  });
}
