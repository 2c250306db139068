import { jobNotFound } from "../domain/errors.ts";
import { findJobId } from "../domain/ids.ts";
import type { Job } from "../domain/job.ts";
import type { Vault } from "../domain/vault.ts";
import type { Services } from "./handler.ts";

/**
 * The job of `vault` that a request names. Throws `ResourceNotFoundException` when there is none, when it
 * belongs to another vault, and when its time is over (contract §4.1).
 */
export async function getJob(services: Services, vault: Vault, jobIdText: string): Promise<Job> {
  const jobId = findJobId(jobIdText);
  const job = jobId === undefined ? undefined : await services.metadata.jobs.find(jobId);
  if (job?.vaultId !== vault.vaultId || isExpired(job, services.clock.nowMs())) {
    throw jobNotFound(jobIdText);
  }
  return job;
}

/** Whether a job's time is over, although the engine may not have removed it yet. */
export function isExpired(job: Job, nowMs: number): boolean {
  return job.status !== "InProgress" && job.expiresAtMs <= nowMs;
}
