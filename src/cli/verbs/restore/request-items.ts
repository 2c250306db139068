/** Asks for the jobs of a plan's items: within the budget, and no faster than the policy lets. */
import { GlacierServiceError } from "../../../client/errors.ts";
import { formatInclusiveRange } from "../../../domain/byte-range.ts";
import { EXIT } from "../../exit-codes.ts";
import { startJob } from "../retrieval/start-job.ts";
import { formatMarker } from "./plan.ts";
import { failItem, note, type PlanRun, remark, runWhileUnfinished } from "./plan-run.ts";

/** What is requested expires a day after it is ready, so it is not piled up without bound. */
const OUTSTANDING_MAX = 10_000;
/** An output that expires so often before it is fetched will not be fetched. */
const REQUESTS_MAX = 5;
const HOUR_MS = 3_600_000;
const CAPACITY_PAUSE_MS = 60_000;

/** Resolves when every item has ended. Throws what ends the whole run. */
export async function requestItems(run: PlanRun): Promise<void> {
  const { board, budget, plan, session } = run;
  const { nowMs } = session.surroundings;
  await runWhileUnfinished(run, session.settings.concurrency.value, () => {
    const item = board.firstPending();
    run.nextRequestAtMs = undefined;
    if (item === undefined || board.outstanding() >= OUTSTANDING_MAX) {
      return { waitMs: Number.POSITIVE_INFINITY };
    }
    const now = nowMs();
    const sizeBytes = plan.items[item]?.sizeBytes ?? 0;
    const waitMs = Math.max(budget.waitMs(sizeBytes, now), run.holdUntilMs - now);
    if (waitMs > 0) {
      run.nextRequestAtMs = now + waitMs;
      remark(run);
      return { waitMs };
    }
    board.begin(item);
    const giveBack = budget.take(sizeBytes, now);
    return () => requestItem(run, item, giveBack);
  });
}

async function requestItem(run: PlanRun, item: number, giveBack: () => void): Promise<void> {
  const { board, plan, session, counts, bell } = run;
  const { archiveId = "", pack } = plan.items[item] ?? {};
  const request = board.requestsOf(item) + 1;
  if (request > REQUESTS_MAX) {
    const reason = `its output expired ${REQUESTS_MAX} times before it was downloaded`;
    await failItem(run, item, { status: EXIT.failed, reason });
    return;
  }
  try {
    const jobId = await startJob(session, {
      vaultName: plan.vaultName,
      parameters: {
        ...{ Type: "archive-retrieval", ArchiveId: archiveId, Tier: plan.tier },
        ...(pack?.range === undefined
          ? {}
          : { RetrievalByteRange: formatInclusiveRange(pack.range) }),
      },
      marker: formatMarker(plan, archiveId, request),
    });
    const atMs = session.surroundings.nowMs();
    await note(run, { op: "REQUESTED", atMs, item, jobId, request, isFound: false });
    board.await(item, jobId, request);
    counts.requested += 1;
  } catch (error) {
    giveBack();
    await handleRefusal(run, item, error);
  }
  bell.ring();
}

async function handleRefusal(run: PlanRun, item: number, error: unknown): Promise<void> {
  if (!(error instanceof GlacierServiceError)) {
    throw error;
  }
  const { board, session } = run;
  const now = session.surroundings.nowMs();
  switch (error.code) {
    case "PolicyEnforcedException":
      board.postpone(item);
      hold(run, HOUR_MS - (now % HOUR_MS), "the data retrieval policy has no room");
      return;
    case "InsufficientCapacityException":
      board.postpone(item);
      hold(run, CAPACITY_PAUSE_MS, "the service has no capacity for Expedited retrievals");
      return;
    case "ResourceNotFoundException":
      // The archive was deleted, or the catalogue is of another time.
      await failItem(run, item, { status: EXIT.failed, reason: error.message });
      return;
    default:
      throw error;
  }
}

function hold(run: PlanRun, pauseMs: number, why: string): void {
  const { session } = run;
  const untilMs = session.surroundings.nowMs() + pauseMs;
  if (run.holdUntilMs < untilMs) {
    run.holdUntilMs = untilMs;
    const until = new Date(untilMs).toISOString();
    session.reporter.note(`${why}; asking again at ${until.slice(11, 16)} UTC`);
  }
}
