/** Asks after the jobs that a plan's items wait for. */
import { GlacierServiceError } from "../../../client/errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { createPollPauses } from "../retrieval/await-job.ts";
import { describeJob, type Job, listJobs } from "../retrieval/jobs.ts";
import { failItem, type PlanRun, remark } from "./plan-run.ts";

/** Up to so many are asked after one by one; beyond, the list of the vault's jobs takes fewer calls. */
const DESCRIBED_MAX = 20;
const IDLE_MS = Number.POSITIVE_INFINITY;

/** Resolves when every item has ended. Throws what `call` throws. */
export async function pollJobs(run: PlanRun): Promise<void> {
  const { board, bell, session } = run;
  const pauses = createPollPauses();
  while (!board.isFinished()) {
    if (board.awaited.size === 0) {
      await bell.wait(IDLE_MS, session.signal);
      pauses.reset();
      continue;
    }
    await session.surroundings.sleep(pauses.next(), session.signal);
    if (await pollOnce(run)) {
      pauses.reset();
    }
    remark(run);
  }
}

/** Whether a job has ended. */
async function pollOnce(run: PlanRun): Promise<boolean> {
  const { board, bell } = run;
  const asked = new Map(board.awaited);
  let hasEnded = false;
  for await (const { job, jobId } of askAfter(run, asked)) {
    const item = asked.get(jobId);
    // What was ended or requested again meanwhile is no longer waited for.
    if (item === undefined || board.awaited.get(jobId) !== item || job?.state === "InProgress") {
      continue;
    }
    hasEnded = true;
    await settle(run, item, job);
    bell.ring();
  }
  if (hasEnded) {
    // The policy counts what is in progress, so there may be room again.
    run.holdUntilMs = 0;
  }
  return hasEnded;
}

async function settle(run: PlanRun, item: number, job: Job | undefined): Promise<void> {
  if (job === undefined) {
    run.board.postpone(item);
    run.counts.expired += 1;
  } else if (job.state === "Failed") {
    const reason = `the retrieval failed: ${job.statusMessage ?? "the service gives no reason"}`;
    await failItem(run, item, { status: EXIT.failed, reason });
  } else {
    run.board.makeReady(item, job);
  }
}

interface AskedJob {
  readonly jobId: string;
  /** Absent when the service does not know it any more. */
  readonly job: Job | undefined;
}

async function* askAfter(
  run: PlanRun,
  asked: ReadonlyMap<string, number>,
): AsyncGenerator<AskedJob, void> {
  const { session, plan } = run;
  if (asked.size <= DESCRIBED_MAX) {
    for (const jobId of asked.keys()) {
      yield { jobId, job: await findJob(run, jobId) };
    }
    return;
  }
  const missing = new Set(asked.keys());
  for await (const job of listJobs(session, plan.vaultName)) {
    if (missing.delete(job.jobId)) {
      yield { jobId: job.jobId, job };
    }
  }
  for (const jobId of missing) {
    yield { jobId, job: await findJob(run, jobId) };
  }
}

async function findJob({ session, plan }: PlanRun, jobId: string): Promise<Job | undefined> {
  try {
    return await describeJob(session, plan.vaultName, jobId);
  } catch (error) {
    if (error instanceof GlacierServiceError && error.code === "ResourceNotFoundException") {
      return undefined;
    }
    throw error;
  }
}
