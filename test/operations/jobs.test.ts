import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ArchiveId, JobId, ManifestId } from "../../src/domain/ids.ts";
import type { InventoryRetrievalRequest } from "../../src/domain/job.ts";
import { formatInventoryMarker } from "../../src/protocol/marker.ts";
import { NOW_MS } from "../support/metadata-builders.ts";
import {
  bodyOf,
  DAILY,
  type OperationWorld,
  openOperationWorld,
  refusal,
  VAULT_ARN,
  VAULT_PATH,
  vaultArn,
} from "../support/operation-world.ts";
import { describePayload, MIB, makePayload, treeHashOf } from "../support/payload.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const invalid = "InvalidParameterValueException";
const payload = makePayload(6.5 * MIB, "jobs");
const TOPIC = "arn:aws:sns:us-east-1:111122223333:mytopic";

let world: OperationWorld;
let archiveId: string;
beforeEach(async () => {
  world = await openOperationWorld();
  archiveId = await world.uploadArchive(payload, "my archive");
});
afterEach(() => world.close());

function retrieve(parameters: object = {}): Promise<string> {
  return world.initiateJob({ Type: "archive-retrieval", ArchiveId: archiveId, ...parameters });
}

function takeInventory(parameters: object = {}): Promise<string> {
  return world.initiateJob({ Type: "inventory-retrieval", ...parameters });
}

function find(jobId: string) {
  return world.metadata.jobs.find(jobId as JobId);
}

function describeJob(jobId: string) {
  return world.perform.DescribeJob({ jobId });
}

async function findInventoryRequest(jobId: string): Promise<InventoryRetrievalRequest> {
  const request = (await find(jobId))?.request;
  assert.equal(request?.kind, "InventoryRetrieval");
  return request as InventoryRetrievalRequest;
}

function jobNotFound(jobId: string) {
  return refusal("ResourceNotFoundException", `The job ID was not found: ${jobId}`);
}

describe("InitiateJob", () => {
  it("answers with a new id and its path, and wakes the engine after the job is stored", async () => {
    const output = await world.perform.InitiateJob({
      jobParameters: { Type: "inventory-retrieval" } as never,
    });
    assert.match(output.jobId!, /^[A-Za-z0-9_-]{92}$/);
    assert.equal(output.location, `${VAULT_PATH}/jobs/${output.jobId}`);
    assert.equal(output.jobOutputPath, undefined);
    assert.equal(world.wakes.count, 1);
    assert.notEqual(await takeInventory(), output.jobId);
  });

  it("refuses an absent body or type as missing and an unknown type as invalid", async () => {
    for (const jobParameters of [undefined, {}]) {
      await assert.rejects(
        world.perform.InitiateJob({ jobParameters } as never),
        refusal("MissingParameterValueException", "Required parameter missing: Type"),
      );
    }
    await assert.rejects(
      world.initiateJob({ Type: "Inventory-Retrieval", ArchiveId: archiveId }),
      refusal(invalid, /^Invalid job type: Inventory-Retrieval\. /),
    );
    assert.equal(world.wakes.count, 0);
  });

  it("takes a description of 1024 characters and a topic, and refuses bad ones", async () => {
    for (const start of [retrieve, takeInventory]) {
      const job = await find(await start({ Description: "d".repeat(1024), SNSTopic: TOPIC }));
      assert.deepEqual([job?.description, job?.snsTopic], ["d".repeat(1024), TOPIC]);
      await assert.rejects(start({ Description: "d".repeat(1025) }), refusal(invalid));
      await assert.rejects(start({ Description: "größe" }), refusal(invalid));
      await assert.rejects(start({ SNSTopic: "mytopic" }), refusal(invalid, /^Invalid SNS topic/));
    }
  });

  it("finds the vault gone when it was deleted meanwhile", async () => {
    const vault = await world.getVault();
    const { metadata } = world;
    const services = {
      ...world.services,
      metadata: {
        ...metadata,
        transaction: async <T>(run: Parameters<typeof metadata.transaction<T>>[0]): Promise<T> => {
          await metadata.vaults.remove(vault.vaultId);
          return await metadata.transaction(run);
        },
        close: () => metadata.close(),
      },
    };
    await assert.rejects(
      world.initiateJob({ Type: "inventory-retrieval" }, { services }),
      refusal("ResourceNotFoundException", `Vault not found for ARN: ${VAULT_ARN}`),
    );
    assert.equal(world.wakes.count, 0);
  });
});

describe("InitiateJob of type archive-retrieval", () => {
  it("takes the whole archive by default, in Standard time, and ignores a format", async () => {
    const job = await find(await retrieve({ Format: "XML" }));
    assert.equal(job?.status, "InProgress");
    assert.deepEqual([job?.createdAtMs, job?.dueAtMs], [NOW_MS, NOW_MS + 2000]);
    assert.deepEqual(job?.request, {
      kind: "ArchiveRetrieval",
      archiveId,
      archiveSizeBytes: payload.bytes.length,
      archiveTreeHash: payload.treeHash,
      archiveDescription: "my archive",
      tier: "Standard",
      range: { start: 0, endExclusive: payload.bytes.length },
      rangeGiven: false,
    });
  });

  it("waits by its tier and refuses unknown ones", async () => {
    for (const [Tier, delay] of Object.entries({ Expedited: 1000, Standard: 2000, Bulk: 3000 })) {
      assert.equal((await find(await retrieve({ Tier })))?.dueAtMs, NOW_MS + delay);
    }
    await assert.rejects(
      retrieve({ Tier: "standard" }),
      refusal(invalid, /^Invalid Tier: standard/),
    );
  });

  it("takes a MiB-aligned range and refuses others", async () => {
    const job = await find(await retrieve({ RetrievalByteRange: "1048576-3145727" }));
    assert.equal(job?.request.kind, "ArchiveRetrieval");
    assert.partialDeepStrictEqual(job?.request, {
      range: { start: MIB, endExclusive: 3 * MIB },
      rangeGiven: true,
    });
    const last = payload.bytes.length - 1;
    for (const text of ["", "bytes=0-1048575", "1-1048575", "0-1048574", `0-${last + 1}`, "5-4"]) {
      await assert.rejects(
        retrieve({ RetrievalByteRange: text }),
        refusal(invalid, new RegExp(`^Invalid RetrievalByteRange: ${text}\\. `)),
      );
    }
    await retrieve({ RetrievalByteRange: `0-${last}` });
  });

  it("refuses a missing archive id, and members of other job types", async () => {
    await assert.rejects(
      world.initiateJob({ Type: "archive-retrieval" }),
      refusal("MissingParameterValueException", "Required parameter missing: ArchiveId"),
    );
    for (const name of ["InventoryRetrievalParameters", "SelectParameters", "OutputLocation"]) {
      await assert.rejects(
        retrieve({ [name]: {} }),
        refusal(invalid, `Invalid ${name}: jobs of type archive-retrieval do not take it.`),
      );
    }
  });

  it("finds no archive that is unknown, malformed, deleted or of another account", async () => {
    const deleted = await world.uploadArchive(makePayload(1, 1));
    await world.perform.DeleteArchive({ archiveId: deleted });
    for (const id of [world.ids.archiveId(), "nonsense", "", deleted]) {
      await assert.rejects(
        retrieve({ ArchiveId: id }),
        refusal("ResourceNotFoundException", `The archive ID was not found: ${id}`),
      );
    }
    const caller = { accountId: "999900001111" };
    await world.perform.CreateVault({}, caller);
    await assert.rejects(
      world.initiateJob({ Type: "archive-retrieval", ArchiveId: archiveId }, caller),
      refusal("ResourceNotFoundException", `The archive ID was not found: ${archiveId}`),
    );
  });

  it("names the vault in the path when another vault has the archive", async () => {
    await world.perform.CreateVault({ vaultName: "other" });
    await assert.rejects(
      world.perform.InitiateJob({
        vaultName: "other",
        jobParameters: { Type: "archive-retrieval", ArchiveId: archiveId } as never,
      }),
      refusal(invalid, `Invalid vault name: ${vaultArn("other")}`),
    );
  });
});

describe("InitiateJob of type inventory-retrieval", () => {
  it("takes a fresh snapshot in live mode, which becomes the vault's last inventory", async () => {
    world.time.nowMs += 5000;
    const jobId = await takeInventory({ Tier: "whatever" });
    const snapshot = {
      takenAtMs: NOW_MS + 5000,
      changeSequence: 1,
      archiveCount: 1,
      archiveBytes: BigInt(payload.bytes.length),
    };
    assert.deepEqual(await findInventoryRequest(jobId), {
      kind: "InventoryRetrieval",
      format: "JSON",
      snapshot,
      startDate: undefined,
      endDate: undefined,
      limit: undefined,
      position: undefined,
    });
    const vault = await world.getVault();
    assert.deepEqual([vault.lastInventory, vault.inventoryDueAtMs], [snapshot, undefined]);
    assert.equal((await world.perform.DescribeVault()).LastInventoryDate, NOW_MS + 5000);
    assert.equal((await find(jobId))?.dueAtMs, NOW_MS + 5000 + 2000);
  });

  it("is refused in periodic mode until there is an inventory, then lists the last one", async () => {
    await world.close();
    world = await openOperationWorld({ inventory: DAILY });
    await world.uploadArchive(payload);
    await assert.rejects(
      takeInventory(),
      refusal(
        "ResourceNotFoundException",
        `Inventory retrieval jobs for vault ${VAULT_ARN} cannot be initiated yet, as Amazon Glacier ` +
          "has not yet generated an initial inventory for this vault.",
      ),
    );
    const { vaultId } = await world.getVault();
    const snapshot = { takenAtMs: 77_000, changeSequence: 1, archiveCount: 1, archiveBytes: 5n };
    await world.metadata.vaults.setInventory(vaultId, snapshot, 123_000);
    assert.deepEqual((await findInventoryRequest(await takeInventory())).snapshot, snapshot);
    const vault = await world.getVault();
    assert.deepEqual([vault.lastInventory, vault.inventoryDueAtMs], [snapshot, 123_000]);
  });

  it("takes format, dates, limit and a marker of the same vault", async () => {
    const { vaultId } = await world.getVault();
    const position = { createdAtMs: NOW_MS, archiveId: archiveId as ArchiveId };
    const jobId = await takeInventory({
      Format: "CSV",
      InventoryRetrievalParameters: {
        StartDate: "2013-11-12T13:43:12Z",
        EndDate: "2013-11-13T13:43:12+01:00",
        Limit: "1000",
        Marker: formatInventoryMarker(vaultId, position),
      },
    });
    const { snapshot, ...request } = await findInventoryRequest(jobId);
    assert.equal(snapshot.archiveCount, 1);
    assert.deepEqual(request, {
      kind: "InventoryRetrieval",
      format: "CSV",
      startDate: { text: "2013-11-12T13:43:12Z", atMs: Date.UTC(2013, 10, 12, 13, 43, 12) },
      endDate: { text: "2013-11-13T13:43:12+01:00", atMs: Date.UTC(2013, 10, 13, 12, 43, 12) },
      limit: 1000,
      position,
    });
  });

  it("refuses a bad format, date, limit or marker, and dates in the wrong order", async () => {
    await world.perform.CreateVault({ vaultName: "other" });
    const { vaultId } = await world.getVault("other");
    const foreign = formatInventoryMarker(vaultId, {
      createdAtMs: 1,
      archiveId: archiveId as ArchiveId,
    });
    const at = (second: number) => `2013-11-12T13:43:0${second}Z`;
    for (const [parameters, message] of [
      [{ StartDate: "2013-11-12" }, /^Invalid StartDate: 2013-11-12\. /],
      [{ EndDate: "soon" }, /^Invalid EndDate: soon\. /],
      [{ StartDate: at(5), EndDate: at(5) }, /^Invalid StartDate: .* must be before the EndDate/],
      [{ Limit: "0" }, /^Invalid Limit: 0\. /],
      [{ Limit: "all" }, /^Invalid Limit: all\. /],
      [{ Marker: "nonsense" }, /^Invalid Marker: nonsense\. /],
      [{ Marker: foreign }, /^Invalid Marker: /],
    ] as const) {
      const InventoryRetrievalParameters = parameters;
      await assert.rejects(
        takeInventory({ InventoryRetrievalParameters }),
        refusal(invalid, message),
      );
    }
    await assert.rejects(
      takeInventory({ Format: "csv" }),
      refusal(invalid, /^Invalid Format: csv/),
    );
  });

  it("refuses members of other job types", async () => {
    for (const [name, value] of Object.entries({
      ArchiveId: archiveId,
      RetrievalByteRange: "0-1048575",
      SelectParameters: {},
      OutputLocation: {},
    })) {
      await assert.rejects(
        takeInventory({ [name]: value }),
        refusal(invalid, `Invalid ${name}: jobs of type inventory-retrieval do not take it.`),
      );
    }
  });
});

describe("DescribeJob of an archive retrieval", () => {
  const last = payload.bytes.length - 1;

  it("shows every member of a job in progress, and then of its success", async () => {
    const jobId = await retrieve({ Description: "why", SNSTopic: TOPIC, Tier: "Bulk" });
    const inProgress = {
      Action: "ArchiveRetrieval",
      ArchiveId: archiveId,
      ArchiveSHA256TreeHash: payload.treeHash,
      ArchiveSizeInBytes: payload.bytes.length,
      Completed: false,
      CompletionDate: null,
      CreationDate: NOW_MS,
      InventoryRetrievalParameters: null,
      InventorySizeInBytes: null,
      JobDescription: "why",
      JobId: jobId,
      JobOutputPath: null,
      NextInventoryRetrievalMarker: undefined,
      OutputLocation: null,
      RetrievalByteRange: `0-${last}`,
      SHA256TreeHash: payload.treeHash,
      SNSTopic: TOPIC,
      SelectParameters: null,
      StatusCode: "InProgress",
      StatusMessage: "Operation in progress.",
      Tier: "Bulk",
      VaultARN: VAULT_ARN,
    };
    assert.deepEqual(await describeJob(jobId), inProgress);
    world.time.nowMs += 9000;
    await world.finishRetrieval(jobId, payload.treeHash);
    assert.deepEqual(await describeJob(jobId), {
      ...inProgress,
      Completed: true,
      CompletionDate: NOW_MS + 9000,
      StatusCode: "Succeeded",
      StatusMessage: "Succeeded",
    });
  });

  it("shows a failed job as completed, with its message", async () => {
    const jobId = await retrieve();
    await world.finishJob(jobId, { status: "Failed", message: "The archive is damaged." });
    assert.partialDeepStrictEqual(await describeJob(jobId), {
      Completed: true,
      CompletionDate: NOW_MS,
      StatusCode: "Failed",
      StatusMessage: "The archive is damaged.",
      JobDescription: null,
      SNSTopic: null,
    });
  });

  const columns = [
    {
      name: "no range: the archive's hash from the start",
      range: undefined,
      inProgress: payload.treeHash,
      succeeded: payload.treeHash,
    },
    {
      name: "the whole archive by name: its hash only after success",
      range: [0, last + 1],
      inProgress: null,
      succeeded: payload.treeHash,
    },
    {
      name: "an aligned range: the range's hash from the start",
      range: [4 * MIB, last + 1],
      inProgress: treeHashOf(payload.bytes.subarray(4 * MIB)),
      succeeded: treeHashOf(payload.bytes.subarray(4 * MIB)),
    },
    {
      name: "an aligned single MiB: the range's hash from the start",
      range: [3 * MIB, 4 * MIB],
      inProgress: treeHashOf(payload.bytes.subarray(3 * MIB, 4 * MIB)),
      succeeded: treeHashOf(payload.bytes.subarray(3 * MIB, 4 * MIB)),
    },
    {
      name: "a range that is only MiB-aligned: never a hash",
      range: [MIB, 3 * MIB],
      inProgress: null,
      succeeded: null,
    },
  ] as const;
  for (const { name, range, inProgress, succeeded } of columns) {
    it(`shows as SHA256TreeHash, for ${name}`, async () => {
      const RetrievalByteRange = range && `${range[0]}-${range[1] - 1}`;
      const jobId = await retrieve({ RetrievalByteRange });
      const shown = { RetrievalByteRange: RetrievalByteRange ?? `0-${last}` };
      const ArchiveSHA256TreeHash = payload.treeHash;
      const SHA256TreeHash = inProgress;
      assert.partialDeepStrictEqual(await describeJob(jobId), {
        ...shown,
        ArchiveSHA256TreeHash,
        SHA256TreeHash,
      });
      await world.finishRetrieval(jobId, succeeded ?? undefined);
      assert.partialDeepStrictEqual(await describeJob(jobId), {
        ...shown,
        ArchiveSHA256TreeHash,
        SHA256TreeHash: succeeded,
      });
    });
  }

  it("finds the hash of a range over several parts of a multipart archive", async () => {
    archiveId = await uploadInParts(2 * MIB);
    const jobId = await retrieve({ RetrievalByteRange: `${4 * MIB}-${last}` });
    const rest = treeHashOf(payload.bytes.subarray(4 * MIB));
    assert.equal((await describeJob(jobId)).SHA256TreeHash, rest);
    const within = await retrieve({ RetrievalByteRange: `${3 * MIB}-${4 * MIB - 1}` });
    const one = treeHashOf(payload.bytes.subarray(3 * MIB, 4 * MIB));
    assert.equal((await describeJob(within)).SHA256TreeHash, one);
  });

  it("goes on when the archive is deleted, without the hash of a range that is gone", async () => {
    const whole = await retrieve();
    const ranged = await retrieve({ RetrievalByteRange: `0-${4 * MIB - 1}` });
    await world.perform.DeleteArchive({ archiveId });
    assert.equal((await describeJob(whole)).SHA256TreeHash, payload.treeHash);
    assert.equal((await describeJob(ranged)).SHA256TreeHash, null);
    assert.equal((await world.perform.ListJobs()).JobList?.length, 2);
  });
});

async function uploadInParts(partSize: number): Promise<string> {
  const { uploadId } = await world.perform.InitiateMultipartUpload({ partSize: `${partSize}` });
  const size = payload.bytes.length;
  for (let start = 0; start < size; start += partSize) {
    const part = describePayload(payload.bytes.subarray(start, start + partSize));
    await world.perform.UploadMultipartPart({
      uploadId: uploadId!,
      range: `bytes ${start}-${start + part.bytes.length - 1}/*`,
      checksum: part.treeHash,
      body: bodyOf(part),
    });
  }
  const output = await world.perform.CompleteMultipartUpload({
    uploadId: uploadId!,
    archiveSize: `${size}`,
    checksum: payload.treeHash,
  });
  return output.archiveId!;
}

describe("DescribeJob of an inventory retrieval", () => {
  const plain = { EndDate: null, Format: "JSON", Limit: null, Marker: null, StartDate: null };

  async function succeed(jobId: string, more: boolean): Promise<void> {
    const position = { createdAtMs: NOW_MS, archiveId: archiveId as ArchiveId };
    const output = {
      manifestId: world.ids.manifestId() as ManifestId,
      range: { start: 0, endExclusive: 345 },
      treeHash: undefined,
      nextPosition: more ? position : undefined,
    };
    await world.finishJob(jobId, { status: "Succeeded", output });
  }

  it("shows every member of an inventory in progress, and then of its success", async () => {
    const jobId = await takeInventory({ Tier: "Bulk" });
    const inProgress = {
      Action: "InventoryRetrieval",
      ArchiveId: null,
      ArchiveSHA256TreeHash: null,
      ArchiveSizeInBytes: null,
      Completed: false,
      CompletionDate: null,
      CreationDate: NOW_MS,
      InventoryRetrievalParameters: plain,
      InventorySizeInBytes: null,
      JobDescription: null,
      JobId: jobId,
      JobOutputPath: null,
      NextInventoryRetrievalMarker: null,
      OutputLocation: null,
      RetrievalByteRange: null,
      SHA256TreeHash: null,
      SNSTopic: null,
      SelectParameters: null,
      StatusCode: "InProgress",
      StatusMessage: "Operation in progress.",
      Tier: null,
      VaultARN: VAULT_ARN,
    };
    assert.deepEqual(await describeJob(jobId), inProgress);
    await succeed(jobId, false);
    assert.deepEqual(await describeJob(jobId), {
      ...inProgress,
      Completed: true,
      CompletionDate: NOW_MS,
      InventorySizeInBytes: 345,
      StatusCode: "Succeeded",
      StatusMessage: "Succeeded",
    });
  });

  it("echoes its parameters as given, and shows the next marker once it succeeded", async () => {
    const given = {
      StartDate: "2013-11-12T13:43:12Z",
      EndDate: "2026-11-13T13:43:12+01:00",
      Limit: "1",
    };
    const jobId = await takeInventory({ Format: "CSV", InventoryRetrievalParameters: given });
    const before = await describeJob(jobId);
    const echoed = { ...given, Format: "CSV" };
    assert.deepEqual(before.InventoryRetrievalParameters, { ...echoed, Marker: null });
    await succeed(jobId, true);
    const after = await describeJob(jobId);
    const marker = after.NextInventoryRetrievalMarker;
    assert.equal(typeof marker, "string");
    assert.deepEqual(after.InventoryRetrievalParameters, { ...echoed, Marker: marker });

    const next = await takeInventory({
      InventoryRetrievalParameters: { ...given, Marker: marker },
    });
    const { position } = await findInventoryRequest(next);
    assert.deepEqual(position, { createdAtMs: NOW_MS, archiveId });
    assert.equal((await describeJob(next)).InventoryRetrievalParameters?.Marker, null);
  });

  it("shows no size when it failed", async () => {
    const jobId = await takeInventory();
    await world.finishJob(jobId, { status: "Failed", message: "no" });
    assert.equal((await describeJob(jobId)).InventorySizeInBytes, null);
  });
});

describe("DescribeJob", () => {
  it("finds no job that is unknown, malformed, of another vault or whose time is over", async () => {
    for (const jobId of [world.ids.jobId(), "nonsense", ""]) {
      await assert.rejects(describeJob(jobId), jobNotFound(jobId));
    }
    const jobId = await retrieve();
    await world.perform.CreateVault({ vaultName: "other" });
    await assert.rejects(
      world.perform.DescribeJob({ vaultName: "other", jobId }),
      jobNotFound(jobId),
    );
    await world.finishRetrieval(jobId, payload.treeHash);
    world.time.nowMs += DAY_MS - 1;
    await describeJob(jobId);
    world.time.nowMs += 1;
    await assert.rejects(describeJob(jobId), jobNotFound(jobId));
    await assert.rejects(world.perform.GetJobOutput({ jobId }), jobNotFound(jobId));
  });

  it("keeps a job in progress for as long as it takes", async () => {
    const jobId = await retrieve();
    world.time.nowMs += 100 * DAY_MS;
    assert.equal((await describeJob(jobId)).StatusCode, "InProgress");
  });
});

describe("ListJobs", () => {
  async function listIds(input: object = {}): Promise<unknown[]> {
    const page = await world.perform.ListJobs(input);
    return page.JobList!.map((job) => job!.JobId);
  }

  it("is empty for a vault without jobs", async () => {
    assert.deepEqual(await world.perform.ListJobs(), { JobList: [], Marker: null });
  });

  it("lists newest first, each job as DescribeJob shows it", async () => {
    const ids = [await retrieve(), await takeInventory(), await retrieve({ Tier: "Bulk" })];
    const page = await world.perform.ListJobs();
    assert.deepEqual(page, {
      JobList: await Promise.all(ids.toReversed().map(describeJob)),
      Marker: null,
    });
  });

  it("filters by status and completion, both together as AND", async () => {
    const [running, succeeded, failed] = [await retrieve(), await retrieve(), await retrieve()];
    await world.finishRetrieval(succeeded, payload.treeHash);
    await world.finishJob(failed, { status: "Failed", message: "no" });
    const cases: [object, string[]][] = [
      [{ statuscode: "InProgress" }, [running]],
      [{ statuscode: "Succeeded" }, [succeeded]],
      [{ statuscode: "Failed" }, [failed]],
      [{ completed: "true" }, [failed, succeeded]],
      [{ completed: "false" }, [running]],
      [{ completed: "true", statuscode: "Failed" }, [failed]],
      [{ completed: "false", statuscode: "Succeeded" }, []],
      [{ completed: "true", statuscode: "InProgress" }, []],
    ];
    for (const [input, ids] of cases) {
      assert.deepEqual(await listIds(input), ids, JSON.stringify(input));
    }
  });

  it("lists 50 to a page at most and lets a filtered walk see each job once", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 52; index += 1) {
      ids.unshift(await takeInventory());
    }
    await world.finishJob(ids[3]!, { status: "Failed", message: "no" });
    const running = ids.toSpliced(3, 1);
    const first = await world.perform.ListJobs({ limit: "1000", statuscode: "InProgress" });
    assert.equal(first.JobList?.length, 50);
    assert.equal(first.Marker, running[50]);
    for (const limit of ["1", "7", "50"]) {
      const seen: unknown[] = [];
      let marker: string | null = "";
      while (marker !== null) {
        const page = await world.perform.ListJobs({ limit, marker, statuscode: "InProgress" });
        assert.ok(page.JobList!.length <= Number(limit));
        seen.push(...page.JobList!.map((job) => job!.JobId));
        marker = page.Marker;
      }
      assert.deepEqual(seen, running);
    }
  });

  it("leaves out jobs whose time is over and keeps the walk going", async () => {
    const old = await retrieve();
    const over = await retrieve();
    await world.finishRetrieval(over, payload.treeHash);
    world.time.nowMs += DAY_MS;
    const fresh = await retrieve();
    assert.deepEqual(await listIds(), [fresh, old]);
    const page = await world.perform.ListJobs({ limit: "2" });
    assert.deepEqual(
      page.JobList?.map((job) => job?.JobId),
      [fresh],
    );
    assert.deepEqual(await listIds({ limit: "2", marker: page.Marker! }), [old]);
  });

  it("refuses unknown filters, garbled markers and bad limits", async () => {
    for (const [input, message] of [
      [{ statuscode: "Done" }, "The job status code is not valid: Done"],
      [{ completed: "yes" }, "Invalid completed: yes. It must be true or false."],
      [{ marker: "null" }, "Invalid marker: null"],
      [{ limit: "0" }, "Invalid limit: 0. It must be a whole number of at least 1."],
    ] as const) {
      await assert.rejects(world.perform.ListJobs(input), refusal(invalid, message));
    }
  });
});
