/** Runs one claimed job, whatever its kind, and decides what becomes of it when the run fails. */
import type { JobOutcome } from "../../domain/job.ts";
import { ResultStoreError } from "../../domain/result-store-error.ts";
import { assertNever } from "../../std/assert.ts";
import type { AttemptCounter } from "./attempt-counter.ts";
import { decideRetry, GIVEN_UP_MESSAGE } from "./decide-retry.ts";
import { finishJob } from "./finish-job.ts";
import type { ClaimedJob, JobServices } from "./job-services.ts";
import { LeaseLost, RunInterrupted } from "./lease.ts";
import { runArchiveRetrieval } from "./run-archive-retrieval.ts";
import { runInventoryRetrieval } from "./run-inventory-retrieval.ts";
import { publishGivenUp, runSelect } from "./run-select.ts";

/** Runs the claimed job. Never rejects: whatever goes wrong is logged, and the job is retried or given up. */
export async function runJob(
  services: JobServices,
  claimed: ClaimedJob,
  attempts: AttemptCounter,
): Promise<void> {
  const { jobId } = claimed.job;
  const startedAtMs = services.clock.nowMs();
  try {
    const outcome = await runByKind(services, claimed);
    attempts.forget(jobId);
    reportEnd(services, claimed, outcome, startedAtMs);
  } catch (error) {
    await handleFailedRun(services, claimed, attempts, error).catch((failure: unknown) => {
      // The lease runs out by itself, and then the job runs again.
      services.logger.error({ jobId, err: failure }, "a failed job could not be rescheduled");
    });
  }
}

async function runByKind(services: JobServices, claimed: ClaimedJob): Promise<JobOutcome> {
  const { request } = claimed.job;
  switch (request.kind) {
    case "ArchiveRetrieval":
      return await runArchiveRetrieval(services, claimed, request);
    case "InventoryRetrieval":
      return await runInventoryRetrieval(services, claimed, request);
    case "Select":
      return await runSelect(services, claimed, request);
    default:
      return assertNever(request);
  }
}

async function handleFailedRun(
  services: JobServices,
  claimed: ClaimedJob,
  attempts: AttemptCounter,
  error: unknown,
): Promise<void> {
  const { job, lease } = claimed;
  const { jobId } = job;
  const nowMs = services.clock.nowMs();
  if (error instanceof LeaseLost) {
    attempts.forget(jobId);
    services.logger.info({ jobId }, "a job was taken over or removed while it ran");
    return;
  }
  if (error instanceof RunInterrupted) {
    await lease.releaseAt(nowMs);
    return;
  }
  const overdueMs = nowMs - job.dueAtMs;
  const count = attempts.countFailure(jobId);
  const decision = decideRetry({ error, attempts: count, overdueMs });
  services.logger.error(
    { jobId, err: error, attempts: count, decision },
    "the run of a job failed",
  );
  if (decision.kind === "Retry") {
    await lease.releaseAt(nowMs + decision.delayMs);
    return;
  }
  const outcome = await giveUp(services, claimed, error);
  attempts.forget(jobId);
  reportEnd(services, claimed, outcome, nowMs);
}

async function giveUp(
  services: JobServices,
  claimed: ClaimedJob,
  error: unknown,
): Promise<JobOutcome> {
  const { jobId, request } = claimed.job;
  // Where its bucket is and why it can't be written is the owner's business; what else broke down is not.
  const message = error instanceof ResultStoreError ? error.message : GIVEN_UP_MESSAGE;
  if (request.kind === "Select") {
    await publishGivenUp(services, claimed, request, message).catch((failure: unknown) => {
      services.logger.warn({ jobId, err: failure }, "a bucket can't be told of a job given up");
    });
  }
  const outcome: JobOutcome = { status: "Failed", message };
  await services.metadata.transaction((session) => finishJob(session, services, claimed, outcome));
  return outcome;
}

function reportEnd(
  services: JobServices,
  { job }: ClaimedJob,
  outcome: JobOutcome,
  startedAtMs: number,
): void {
  const { kind } = job.request;
  const { status } = outcome;
  const durationMs = Math.max(0, services.clock.nowMs() - startedAtMs);
  services.logger.info({ jobId: job.jobId, kind, status, durationMs }, "a job ended");
  services.metrics.jobFinished({ kind, status, durationMs });
  services.wakeDispatcher();
}
