/**
 * Carries out a plan: asks for jobs within the budget, waits for them, and downloads what is ready, those
 * first that expire first. The three go on at the same time. Every step is in the plan's file before the
 * next one, so that a run which ends anywhere is continued by another.
 */
import type { Progress } from "../../report/progress.ts";
import type { Session } from "../../session/session.ts";
import { createPatientCall } from "../retrieval/patient-call.ts";
import { createTransferContext } from "../retrieval/transfer-context.ts";
import { adoptJobs } from "./adopt-jobs.ts";
import { createBell } from "./bell.ts";
import { fetchItems } from "./fetch-items.ts";
import { createHourBudget } from "./hour-budget.ts";
import { createItemBoard } from "./item-board.ts";
import type { PlanFile } from "./plan-file.ts";
import type { PlanRun, RunCounts } from "./plan-run.ts";
import { pollJobs } from "./poll-jobs.ts";
import { requestItems } from "./request-items.ts";

/** The progress that is shown, and the limits that hold for this run. */
export interface RunOptions {
  readonly progress: Progress;
  readonly bytesPerHour: number | undefined;
}

/**
 * Runs until every item has ended. Throws what ends all of it: no service, no credentials, no room on the
 * disk, a refusal, an interruption; whatever was done until then is in the plan's file.
 */
export async function runPlan(
  session: Session,
  file: PlanFile,
  options: RunOptions,
): Promise<RunCounts> {
  const stop = new AbortController();
  const run = createRun(withSignal(session, AbortSignal.any([session.signal, stop.signal])), file, {
    ...options,
    surroundings: session.surroundings,
  });
  await adoptJobs(run);
  const loops = [requestItems(run), pollJobs(run), fetchItems(run)].map(async (loop) => {
    try {
      await loop;
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  });
  const results = await Promise.allSettled(loops);
  if (results.some(({ status }) => status === "rejected")) {
    // The first failure is the reason of the abort; the others follow from it.
    throw session.signal.aborted ? session.signal.reason : stop.signal.reason;
  }
  return run.counts;
}

/** The session with calls and waits that end when `signal` aborts, and that outlive an outage. */
function withSignal(session: Session, signal: AbortSignal): Session {
  const own = { ...session, signal };
  return { ...own, call: createPatientCall(own) };
}

function createRun(
  session: Session,
  file: PlanFile,
  options: RunOptions & { readonly surroundings: Session["surroundings"] },
): PlanRun {
  const { plan, records } = file;
  const board = createItemBoard(plan, records);
  const budget = createHourBudget(options.bytesPerHour);
  for (const record of records) {
    if (record.op === "REQUESTED" && !record.isFound) {
      budget.take(plan.items[record.item]?.sizeBytes ?? 0, record.atMs);
    }
  }
  const counts: RunCounts = {
    restored: 0,
    restoredBytes: 0,
    present: 0,
    requested: 0,
    found: 0,
    expired: 0,
    retries: 0,
    failures: [],
    records: [],
  };
  return {
    session,
    plan,
    file,
    board,
    budget,
    bell: createBell(options.surroundings.sleep),
    transfer: createTransferContext(session, session.signal),
    progress: options.progress,
    counts,
    holdUntilMs: 0,
    nextRequestAtMs: undefined,
  };
}
