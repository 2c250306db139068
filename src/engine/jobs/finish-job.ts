/** The end of a job: stored once, in the transaction that also stores what the end brings with it. */
import type { JobOutcome } from "../../domain/job.ts";
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { announceJobEnd } from "../notify/announce-job-end.ts";
import type { ClaimedJob, JobServices } from "./job-services.ts";
import { LeaseLost } from "./lease.ts";

/**
 * Ends the claimed job with `outcome` and puts what its topics are to be told into the outbox. Throws
 * `LeaseLost` when the job is not this run's any more; inside a transaction that undoes everything else the
 * run wanted to store.
 */
export async function finishJob(
  session: MetadataSession,
  services: Pick<JobServices, "clock" | "settings" | "ids" | "describeJob">,
  { job, lease }: ClaimedJob,
  outcome: JobOutcome,
): Promise<void> {
  // The clock may jump back; a job still never ends before it was due.
  const completedAtMs = Math.max(services.clock.nowMs(), job.dueAtMs);
  const expiresAtMs = completedAtMs + services.settings.jobRetentionMs;
  const end = { completedAtMs, expiresAtMs, outcome };
  if (!(await session.jobs.finish(job.jobId, lease.owner, end))) {
    throw new LeaseLost(job.jobId);
  }
  await announceJobEnd(session, services, { ...job, completedAtMs, expiresAtMs, ...outcome });
}
