/** InitiateJob of type select, and what is shown and told of such jobs; the rules one by one are in test/wire. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { JobId } from "../../src/domain/ids.ts";
import { ResultStoreError } from "../../src/domain/result-store-error.ts";
import { buildJobMessages } from "../../src/engine/notify/build-message.ts";
import { formatJobMessage } from "../../src/operations/format-job-message.ts";
import type { ResultStore } from "../../src/ports/result-store.ts";
import { type OperationWorld, openOperationWorld, refusal } from "../support/operation-world.ts";
import { describePayload } from "../support/payload.ts";

const csv = describePayload(Buffer.from("a,1\nb,2\n".repeat(1000)));
const BUCKET = "query-results";
const TOPIC = "arn:aws:sns:us-east-1:111122223333:ended";

let world: OperationWorld;
let archiveId: string;
beforeEach(async () => {
  world = await openOperationWorld();
  archiveId = await world.uploadArchive(csv);
});
afterEach(() => world.close());

function parametersOf(more: object = {}) {
  return {
    Type: "select",
    ArchiveId: archiveId,
    SelectParameters: { Expression: "SELECT * FROM archive", ExpressionType: "SQL" },
    OutputLocation: { S3: { BucketName: BUCKET, Prefix: "reports" } },
    ...more,
  };
}

async function findJob(jobId: string) {
  const job = await world.metadata.jobs.find(jobId as JobId);
  assert.ok(job !== undefined);
  return job;
}

/** Services whose buckets fail when an object is opened. */
function withFailingBuckets(error: Error) {
  const results: ResultStore = { ...world.results, openWriter: () => Promise.reject(error) };
  return { services: { ...world.services, results } };
}

describe("InitiateJob of type select", () => {
  it("writes job.txt as DescribeJob shows the job, before it answers", async () => {
    const jobId = await world.initiateJob(parametersOf({ Description: "mine" }));
    const text = world.results.textOf(`${BUCKET}/reports/${jobId}/job.txt`);
    assert.ok(text !== undefined);
    const written = JSON.parse(text);
    const shown = await world.perform.DescribeJob({ jobId });
    assert.equal(written.JobId, jobId);
    assert.equal(written.StatusCode, "InProgress");
    assert.equal(written.JobOutputPath, shown.JobOutputPath);
    assert.equal(Date.parse(written.CreationDate), shown.CreationDate);
    assert.equal(written.JobDescription, "mine");
    assert.equal(world.wakes.count, 1);
  });

  it("puts the bucket's options and the vault's region on job.txt", async () => {
    const S3 = { BucketName: BUCKET, Prefix: "p/", StorageClass: "STANDARD_IA" };
    const jobId = await world.initiateJob(parametersOf({ OutputLocation: { S3 } }));
    const destination = world.results.destinations.get(`${BUCKET}/p/${jobId}/job.txt`);
    assert.equal(destination?.storageClass, "STANDARD_IA");
    assert.equal(destination?.region, (await world.getVault()).region);
  });

  it("waits by its tier", async () => {
    for (const [Tier, delayMs] of [
      ["Expedited", 1000],
      [undefined, 2000],
      ["Bulk", 3000],
    ] as const) {
      const job = await findJob(await world.initiateJob(parametersOf({ Tier })));
      assert.equal(job.dueAtMs - job.createdAtMs, delayMs);
    }
  });

  for (const kind of ["refused", "unavailable"] as const) {
    it(`is refused when its bucket is ${kind}, naming bucket and reason, and leaves no job`, async () => {
      const error = new ResultStoreError(kind, BUCKET, "the bucket is full");
      await assert.rejects(
        world.initiateJob(parametersOf(), withFailingBuckets(error)),
        refusal(
          "InvalidParameterValueException",
          `Invalid OutputLocation: bucket ${BUCKET} can't be written: the bucket is full.`,
        ),
      );
      assert.deepEqual((await world.perform.ListJobs()).JobList, []);
    });
  }

  it("leaves nothing in its bucket when it is refused after all", async () => {
    const Policy = { Rules: [{ Strategy: "BytesPerHour", BytesPerHour: 1 }] };
    await world.perform.SetDataRetrievalPolicy({ Policy });
    await assert.rejects(world.initiateJob(parametersOf()), refusal("PolicyEnforcedException"));
    const authorizeAgain = () => {
      throw new Error("denied meanwhile");
    };
    const bulk = parametersOf({ Tier: "Bulk" });
    await assert.rejects(world.initiateJob(bulk, { authorizeAgain }), /denied meanwhile/);
    assert.deepEqual([...world.results.objects.keys()], []);
    assert.deepEqual((await world.perform.ListJobs()).JobList, []);
  });

  it("touches no bucket for an archive that is not there", async () => {
    const absent = parametersOf({ ArchiveId: "a".repeat(138) });
    await assert.rejects(world.initiateJob(absent), refusal("ResourceNotFoundException"));
    await world.perform.DeleteArchive({ archiveId });
    await assert.rejects(world.initiateJob(parametersOf()), refusal("ResourceNotFoundException"));
    assert.deepEqual([...world.results.objects.keys()], []);
  });

  it("counts as a retrieval of the whole archive, and Expedited capacity likewise", async () => {
    const limit = Math.ceil(csv.bytes.length / 4);
    const Policy = { Rules: [{ Strategy: "BytesPerHour", BytesPerHour: limit }] };
    await world.perform.SetDataRetrievalPolicy({ Policy });
    await world.initiateJob(parametersOf());
    await assert.rejects(world.initiateJob(parametersOf()), refusal("PolicyEnforcedException"));
    await world.initiateJob(parametersOf({ Tier: "Bulk" }));
    const scarce = await openOperationWorld({ expeditedCapacity: 1 });
    archiveId = await scarce.uploadArchive(csv);
    await scarce.initiateJob(parametersOf({ Tier: "Expedited" }));
    await assert.rejects(
      scarce.initiateJob(parametersOf({ Tier: "Expedited" })),
      refusal("InsufficientCapacityException"),
    );
    await scarce.close();
  });
});

describe("a select job that ended", () => {
  it("is told to its own topic and not to the vault's", async () => {
    const job = await findJob(await world.initiateJob(parametersOf({ SNSTopic: TOPIC })));
    const ended = { completedAtMs: 1, expiresAtMs: 2 };
    const succeeded = { ...job, ...ended, status: "Succeeded", output: undefined } as const;
    const events = ["ArchiveRetrievalCompleted", "InventoryRetrievalCompleted"] as const;
    const notification = { topicArn: `${TOPIC}-vault`, events };
    const vault = { ...(await world.getVault()), notification };
    const messages = buildJobMessages(vault, succeeded, formatJobMessage);
    assert.deepEqual(
      messages.map(({ topicArn }) => topicArn),
      [TOPIC],
    );
    const told = JSON.parse(messages[0]?.text ?? "");
    assert.equal(told.Action, "Select");
    assert.equal(told.JobOutputPath, `reports/${job.jobId}/`);
  });

  it("has no output for download, whether it succeeded or failed", async () => {
    const good = await world.initiateJob(parametersOf());
    const bad = await world.initiateJob(parametersOf());
    await world.finishJob(good, { status: "Succeeded", output: undefined });
    for (const jobId of [good, bad]) {
      await assert.rejects(
        world.perform.GetJobOutput({ jobId }),
        refusal("InvalidParameterValueException", /in their bucket, below the job's JobOutputPath/),
      );
    }
    assert.equal((await world.perform.DescribeJob({ jobId: good })).StatusCode, "Succeeded");
  });

  it("is read back from the metadata as it was made, with every member and with none", async () => {
    const S3 = {
      BucketName: BUCKET,
      Prefix: "reports",
      AccessControlList: [{ Grantee: { Type: "Group", URI: "u" } }, { Permission: "READ" }],
      Encryption: {},
      Tagging: new Map([["__proto__", "x"]]),
      UserMetadata: new Map(),
    };
    const csvMembers = { FieldDelimiter: ";" };
    const SelectParameters = {
      Expression: "SELECT * FROM archive",
      ExpressionType: "SQL",
      InputSerialization: { csv: csvMembers },
      OutputSerialization: {},
    };
    const given = parametersOf({ SelectParameters, OutputLocation: { S3 } });
    const shown = await world.perform.DescribeJob({ jobId: await world.initiateJob(given) });
    assert.equal(shown.SelectParameters?.InputSerialization?.csv?.FieldDelimiter, ";");
    assert.equal(shown.SelectParameters?.InputSerialization?.csv?.Comments, null);
    assert.deepEqual(shown.SelectParameters?.OutputSerialization, { csv: null });
    assert.deepEqual(shown.OutputLocation?.S3?.Tagging, new Map([["__proto__", "x"]]));
    assert.deepEqual(shown.OutputLocation?.S3?.UserMetadata, new Map());
    const nothing = { EncryptionType: null, KMSContext: null, KMSKeyId: null };
    assert.deepEqual(shown.OutputLocation?.S3?.Encryption, nothing);
    const [group, read] = shown.OutputLocation?.S3?.AccessControlList ?? [];
    assert.equal(group?.Grantee?.URI, "u");
    assert.deepEqual(read, { Grantee: null, Permission: "READ" });
  });
});
