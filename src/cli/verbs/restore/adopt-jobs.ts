/** Finds the jobs of a plan's items at the service: those whose ids were lost, and others of use. */
import { isUsable, type Job, listJobs, preferredJob } from "../retrieval/jobs.ts";
import { findMarker } from "./plan.ts";
import { note, type PlanRun } from "./plan-run.ts";

/**
 * Looks at every job of the vault once. Jobs in the plan's file that the service no longer knows have
 * expired: their items are requested again. Items without a job get one that retrieves the same archive,
 * above all one with the plan's marker, which a crash kept out of the file. Throws what `call` throws.
 */
export async function adoptJobs(run: PlanRun): Promise<void> {
  const { board, plan, session, counts } = run;
  const pending = new Map<string, number>();
  for (const [index, { archiveId }] of plan.items.entries()) {
    if (!board.isEnded(index)) {
      pending.set(archiveId, index);
    }
  }
  const lost = new Map(board.awaited);
  const found = new Map<number, Job>();
  for await (const job of listJobs(session, plan.vaultName)) {
    const item = pending.get(job.archiveId ?? "");
    const range = plan.items[item ?? -1]?.pack?.range;
    const usable = item !== undefined && isUsable(job, { archiveId: job.archiveId ?? "", range });
    // A failed one is requested again as one that has expired is.
    if (job.state !== "Failed" && lost.delete(job.jobId) && job.state === "Succeeded" && usable) {
      board.makeReady(item, job);
    }
    if (usable) {
      found.set(item, preferredJob(found.get(item), job));
    }
  }
  for (const [, item] of lost) {
    board.postpone(item);
    counts.expired += 1;
  }
  for (const [item, job] of found) {
    if (board.isPending(item)) {
      await adopt(run, item, job);
    }
  }
}

async function adopt(run: PlanRun, item: number, job: Job): Promise<void> {
  const { board, plan, session, counts } = run;
  const marker = findMarker(plan, job.description);
  const request = marker?.request ?? board.requestsOf(item);
  const isFound = marker === undefined;
  const atMs = session.surroundings.nowMs();
  await note(run, { op: "REQUESTED", atMs, item, jobId: job.jobId, request, isFound });
  board.await(item, job.jobId, request);
  counts.found += 1;
  if (job.state === "Succeeded") {
    board.makeReady(item, job);
  }
}
