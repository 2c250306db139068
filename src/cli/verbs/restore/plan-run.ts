/** What the loops of a run share, and what each of them does to it. */
import type { TransferContext } from "../../../client/transfer/fetch-range.ts";
import { createSlots } from "../../../client/transfer/slots.ts";
import type { Progress } from "../../report/progress.ts";
import type { Session } from "../../session/session.ts";
import type { Bell } from "./bell.ts";
import type { HourBudget } from "./hour-budget.ts";
import type { ItemBoard } from "./item-board.ts";
import type { PlanRecord, RestorePlan } from "./plan.ts";
import type { PlanFile } from "./plan-file.ts";

/** What the loops of a run share. */
export interface PlanRun {
  /** Its signal and calls end with the run. */
  readonly session: Session;
  readonly plan: RestorePlan;
  readonly file: PlanFile;
  readonly board: ItemBoard;
  readonly budget: HourBudget;
  readonly bell: Bell;
  readonly transfer: TransferContext;
  readonly progress: Progress;
  readonly counts: RunCounts;
  /** Before it nothing is requested: the policy or the service said to come again. */
  holdUntilMs: number;
  /** When the next request is due, while one has to wait. */
  nextRequestAtMs: number | undefined;
}

export interface RunCounts {
  restored: number;
  restoredBytes: number;
  /** Identical files that were there before. */
  present: number;
  requested: number;
  /** Jobs of others, or of an earlier run whose answer was lost, that were used. */
  found: number;
  /** Requested again because the output had expired. */
  expired: number;
  retries: number;
  readonly failures: { readonly item: number; readonly status: number; readonly reason: string }[];
  readonly records: PlanRecord[];
}

/** Notes what happened, durably, and for the report. */
export async function note(run: PlanRun, record: PlanRecord): Promise<void> {
  await run.file.append(record);
  run.counts.records.push(record);
}

/** The item can't be had: noted, told, and the others go on. */
export async function failItem(
  run: PlanRun,
  item: number,
  failure: { readonly status: number; readonly reason: string },
): Promise<void> {
  const { session, plan, board, counts, bell } = run;
  const { status, reason } = failure;
  const { name = "", archiveId = "", path = "" } = plan.items[item] ?? {};
  await note(run, { op: "FAILED", atMs: session.surroundings.nowMs(), item, status, reason });
  counts.failures.push({ item, status, reason });
  board.end(item);
  session.reporter.failed(
    { event: "failed", name, archiveId, path, status, reason },
    `failed    ${path}: ${reason}`,
  );
  bell.ring();
}

/** Runs what `take` gives, as many at once as there are slots, until the board is finished. */
export async function runWhileUnfinished(
  run: PlanRun,
  atOnce: number,
  take: () => (() => Promise<void>) | { readonly waitMs: number },
): Promise<void> {
  const { board, bell, session } = run;
  const slots = createSlots(atOnce);
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  while (!board.isFinished() && failures.length === 0) {
    await slots.free();
    // Nothing may be awaited between this look and the wait, or the last ring would be missed.
    if (board.isFinished()) {
      break;
    }
    const next = take();
    if (typeof next !== "function") {
      try {
        await bell.wait(next.waitMs, session.signal);
      } catch (error) {
        failures.push(error);
      }
      continue;
    }
    const running: Promise<void> = slots
      .run(next)
      .catch((error: unknown) => {
        failures.push(error);
        bell.ring();
      })
      .finally(() => underWay.delete(running));
    underWay.add(running);
  }
  await Promise.all(underWay);
  if (failures.length > 0) {
    throw failures[0];
  }
}

/** The total line of the progress. */
export function remark(run: PlanRun): void {
  const { board, counts, nextRequestAtMs, progress } = run;
  const { ready, ended } = board.counts;
  const next =
    nextRequestAtMs === undefined
      ? []
      : [`next batch ${new Date(nextRequestAtMs).toISOString().slice(11, 16)} UTC`];
  const failed = counts.failures.length === 0 ? [] : [`${counts.failures.length} failed`];
  progress.remark(
    [
      `${board.awaited.size} waited for`,
      `${ready} ready`,
      `${ended} done`,
      ...failed,
      ...next,
    ].join(" · "),
  );
}
