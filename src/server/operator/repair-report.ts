/** A repair's events for the operations API and the command line. */
import type { RepairReport } from "../../engine/scrub/repair-blobs.ts";
import type { TellEvent } from "../../http/operator-services.ts";
import { renderRepairEvent, renderRepairs } from "../../operations/operator/render-damage.ts";

const PROGRESS_EVERY_MS = 1_000;

/** Every blob that was put back or could not be, and progress now and then. */
export function createRepairReport(tell: TellEvent, nowMs: () => number): RepairReport {
  let toldAtMs = nowMs();
  return {
    event: (event) => tell(renderRepairEvent(event)),
    progress: (sums) => {
      if (Math.abs(nowMs() - toldAtMs) >= PROGRESS_EVERY_MS) {
        toldAtMs = nowMs();
        // Who is gone is noticed by the signal of the run.
        tell({ Event: "Progress", ...renderRepairs(sums) }).catch(() => undefined);
      }
    },
  };
}
