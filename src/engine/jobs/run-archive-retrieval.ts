/**
 * An archive retrieval: every MiB of the range is read back and verified, then the archive's bytes are
 * pinned for the job. Nothing is copied. A crash before the last transaction leaves nothing but a lease
 * that runs out; the next run does the same again.
 */
import type { Archive } from "../../domain/archive.ts";
import type { ArchiveRetrievalRequest, JobOutcome } from "../../domain/job.ts";
import { finishJob } from "./finish-job.ts";
import type { ClaimedJob, JobServices } from "./job-services.ts";
import { formatDamageMessage } from "./range-damage.ts";
import { reportDamage } from "./report-damage.ts";
import { type Verification, verifyRange } from "./verify-range.ts";

const archiveDeleted: JobOutcome = {
  status: "Failed",
  message: "The archive was deleted before the job completed.",
};

/**
 * Runs the claimed job to its end and returns how it ended. Damage and deletion (contract §2.19) end it
 * `Failed`; other errors are thrown, and then the job is still in progress.
 */
export async function runArchiveRetrieval(
  services: JobServices,
  claimed: ClaimedJob,
  request: ArchiveRetrievalRequest,
): Promise<JobOutcome> {
  const archive = await services.metadata.archives.find(request.archiveId);
  const verification =
    archive === undefined || archive.deletedSequence !== undefined
      ? undefined
      : await verifyRange(services, archive, request.range, claimed.lease);
  const outcome = await finishRetrieval(services, claimed, request, verification);
  if (outcome !== archiveDeleted && verification?.kind === "Damaged") {
    reportDamage(services, claimed.job.jobId, request.archiveId, verification.damage);
  }
  return outcome;
}

/**
 * Looks at the archive once more, with the vault locked against a DeleteArchive: only a live archive can be
 * pinned, and what looks like damage may be the collector at work on a deleted one.
 */
async function finishRetrieval(
  services: JobServices,
  claimed: ClaimedJob,
  request: ArchiveRetrievalRequest,
  verification: Verification | undefined,
): Promise<JobOutcome> {
  const { job } = claimed;
  return await services.metadata.transaction(async (session) => {
    await session.vaults.lock(job.vaultId);
    const archive = await session.archives.find(request.archiveId);
    const outcome = decideOutcome(request, archive, verification);
    if (outcome.status === "Succeeded" && outcome.output !== undefined) {
      await session.manifests.pin(outcome.output.manifestId, job.jobId);
    }
    await finishJob(session, services, claimed, outcome);
    return outcome;
  });
}

function decideOutcome(
  request: ArchiveRetrievalRequest,
  archive: Archive | undefined,
  verification: Verification | undefined,
): JobOutcome {
  if (
    archive === undefined ||
    archive.deletedSequence !== undefined ||
    verification === undefined
  ) {
    return archiveDeleted;
  }
  if (verification.kind === "Damaged") {
    return { status: "Failed", message: formatDamageMessage(verification.damage) };
  }
  const output = {
    manifestId: archive.manifestId,
    range: request.range,
    treeHash: verification.treeHash,
    nextPosition: undefined,
  };
  return { status: "Succeeded", output };
}
