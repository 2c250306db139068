/** The end of a run of uploads: its counts, and what failed. */
import { escapeControls } from "../../high-level/tool-command.ts";
import type { Session } from "../../session/session.ts";
import { formatDuration, formatNumber, formatSize } from "../../units.ts";
import type { FilesPlan } from "./plan-files.ts";
import { type FailedItem, statusOf, type UploadTally } from "./run-uploads.ts";

export interface RunEnd {
  readonly plan: Pick<FilesPlan, "stored" | "emptyNames" | "failures">;
  readonly tally: UploadTally;
  readonly startedAtMs: number;
  readonly journalPath: string;
  /** Counts of a verb's own, as `3 deleted`. */
  readonly more?: Readonly<Record<string, number>>;
  readonly moreFailures?: readonly FailedItem[];
}

/** `Done    1 253 uploaded, 31 skipped, 0 failed · 212.4 GiB in 24 min · journal …`; the exit status. */
export function reportEnd(session: Session, end: RunEnd): number {
  const { plan, tally, startedAtMs, journalPath, more = {}, moreFailures = [] } = end;
  const { reporter, surroundings } = session;
  const failures = [...plan.failures, ...tally.failures, ...moreFailures];
  const skipped = plan.stored.length + plan.emptyNames.length;
  const counts = {
    uploaded: tally.uploaded,
    skipped,
    ...more,
    failed: failures.length,
    ...(tally.untried === 0 ? {} : { "not tried": tally.untried }),
  };
  const elapsedMs = surroundings.nowMs() - startedAtMs;
  const shown = Object.entries(counts).map(([what, count]) => `${formatNumber(count)} ${what}`);
  const parts = [
    shown.join(", "),
    `${formatSize(tally.uploadedBytes)} in ${formatDuration(elapsedMs)}`,
    `journal ${journalPath}`,
  ];
  const { uploaded, uploadedBytes, untried, retried } = tally;
  reporter.done(
    {
      ...{ event: "done", uploaded, uploadedBytes, skipped, empty: plan.emptyNames.length },
      ...{ failed: failures.length, untried, retried, ...more, elapsedMs, journal: journalPath },
    },
    `Done    ${parts.join(" · ")}`,
  );
  if (failures.length > 0 && !reporter.isJson) {
    const lines = failures.map(({ name, reason }) => `  ${escapeControls(name)}: ${reason}`);
    reporter.note(["Failed", ...lines].join("\n"));
  }
  if (tally.untried > 0) {
    reporter.note("The rest was not tried. Run the same command again to go on.");
  }
  return statusOf({ failures });
}
