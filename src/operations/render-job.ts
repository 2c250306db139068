/** Jobs as DescribeJob and ListJobs show them: contract §2.27, §4.4 and §4.5, member by member. */
import type { HashHex } from "../domain/archive.ts";
import { equalRanges, formatInclusiveRange, rangeLength } from "../domain/byte-range.ts";
import type {
  ArchiveRetrievalRequest,
  InventoryRetrievalRequest,
  Job,
  JobFailed,
  JobInProgress,
  JobRequest,
  JobSucceeded,
} from "../domain/job.ts";
import { isTreeHashAligned } from "../domain/tree-hash.ts";
import type { Vault } from "../domain/vault.ts";
import { formatVaultArn } from "../protocol/arn.ts";
import { formatInventoryMarker } from "../protocol/marker.ts";
import type { Output } from "../protocol/operations.ts";
import { assertNever } from "../std/assert.ts";
import type { Services } from "./handler.ts";
import { readRangeTreeHash } from "./range-tree-hash.ts";
import { noSelectMembers, renderSelect } from "./render-select.ts";
import type { RequestMembers } from "./request-members.ts";

type Description = Output<"DescribeJob">;

/** The description of a job of `vault`. Reads stored hashes for a ranged retrieval that is in progress. */
export async function renderJob(services: Services, vault: Vault, job: Job): Promise<Description> {
  return job.status === "InProgress"
    ? describe(vault, job, await findPresentTreeHash(services, job.request))
    : renderEndedJob(vault, job);
}

/** The description of a job of `vault` that has ended: nothing has to be read for it. */
export function renderEndedJob(vault: Vault, job: JobSucceeded | JobFailed): Description {
  return describe(vault, job, findEndedTreeHash(job));
}

/** The description of a select job that has just begun: nothing has to be read for it either. */
export function renderSelectInProgress(vault: Vault, job: JobInProgress): Description {
  return describe(vault, job, undefined);
}

function describe(vault: Vault, job: Job, treeHash: HashHex | undefined): Description {
  return {
    ...renderRequest(job, treeHash),
    Completed: job.status !== "InProgress",
    CompletionDate: job.status === "InProgress" ? null : job.completedAtMs,
    CreationDate: job.createdAtMs,
    JobDescription: job.description ?? null,
    JobId: job.jobId,
    SNSTopic: job.snsTopic ?? null,
    StatusCode: job.status,
    StatusMessage: renderStatusMessage(job),
    VaultARN: formatVaultArn(vault),
  };
}

function renderRequest(job: Job, treeHash: HashHex | undefined): RequestMembers {
  const { request } = job;
  switch (request.kind) {
    case "ArchiveRetrieval":
      return renderArchiveRetrieval(request, treeHash);
    case "InventoryRetrieval":
      return renderInventoryRetrieval(job, request);
    case "Select":
      return renderSelect(job.jobId, request);
    default:
      return assertNever(request);
  }
}

function renderStatusMessage(job: Job): string {
  switch (job.status) {
    case "InProgress":
      return "Operation in progress.";
    case "Succeeded":
      return "Succeeded";
    case "Failed":
      return job.message;
  }
}

function renderArchiveRetrieval(
  request: ArchiveRetrievalRequest,
  treeHash: HashHex | undefined,
): RequestMembers {
  return {
    ...noSelectMembers,
    Action: "ArchiveRetrieval",
    ArchiveId: request.archiveId,
    ArchiveSHA256TreeHash: request.archiveTreeHash,
    ArchiveSizeInBytes: request.archiveSizeBytes,
    InventoryRetrievalParameters: null,
    InventorySizeInBytes: null,
    NextInventoryRetrievalMarker: undefined,
    RetrievalByteRange: formatInclusiveRange(request.range),
    SHA256TreeHash: treeHash ?? null,
    Tier: request.tier,
  };
}

/**
 * The `SHA256TreeHash` of contract §4.5 once the job ended. A whole archive shows its hash from the start when
 * the client named no range, and only once it succeeded when the client named that very range (contract §8.15).
 */
function findEndedTreeHash(job: JobSucceeded | JobFailed): HashHex | undefined {
  if (job.request.kind !== "ArchiveRetrieval") {
    return undefined;
  }
  if (!job.request.rangeGiven) {
    return job.request.archiveTreeHash;
  }
  return job.status === "Succeeded" ? job.output?.treeHash : undefined;
}

/** The same while the job is in progress. */
async function findPresentTreeHash(
  services: Services,
  request: JobRequest,
): Promise<HashHex | undefined> {
  if (request.kind !== "ArchiveRetrieval") {
    return undefined;
  }
  if (!request.rangeGiven) {
    return request.archiveTreeHash;
  }
  const whole = { start: 0, endExclusive: request.archiveSizeBytes };
  const { archiveId, archiveSizeBytes, range } = request;
  if (equalRanges(range, whole) || !isTreeHashAligned(range, archiveSizeBytes)) {
    return undefined;
  }
  const { archives, manifests } = services.metadata;
  const archive = await archives.find(archiveId);
  // The parts of a deleted archive may be gone; its job is about to fail and has no hash to show.
  return archive === undefined || archive.deletedSequence !== undefined
    ? undefined
    : await readRangeTreeHash(manifests, archive.manifestId, range, services.sha256);
}

function renderInventoryRetrieval(job: Job, request: InventoryRetrievalRequest): RequestMembers {
  const output = job.status === "Succeeded" ? job.output : undefined;
  const position = output?.nextPosition;
  const marker = position === undefined ? null : formatInventoryMarker(job.vaultId, position);
  return {
    ...noSelectMembers,
    Action: "InventoryRetrieval",
    ArchiveId: null,
    ArchiveSHA256TreeHash: null,
    ArchiveSizeInBytes: null,
    InventoryRetrievalParameters: {
      EndDate: request.endDate?.text ?? null,
      Format: request.format,
      Limit: request.limit?.toString() ?? null,
      Marker: marker,
      StartDate: request.startDate?.text ?? null,
    },
    InventorySizeInBytes: output === undefined ? null : rangeLength(output.range),
    NextInventoryRetrievalMarker: marker,
    RetrievalByteRange: null,
    SHA256TreeHash: null,
    Tier: null,
  };
}
