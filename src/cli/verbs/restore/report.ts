/** What a restore tells: the match, what is renamed or refused, and how it ended. */
import type { RetrievalTier } from "../../../domain/retrieval-tier.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { formatCount, formatSize } from "../../units.ts";
import type { PolicyRoom } from "../retrieval/retrieval-policy.ts";
import { AWS_HOURS } from "../retrieval/tier-times.ts";
import { planBatches } from "./hour-budget.ts";
import type { RestoreScope } from "./make-plan.ts";
import type { PlanItem, RestorePlan } from "./plan.ts";
import type { RunCounts } from "./plan-run.ts";

/** More of one kind are counted, not listed, for people; JSON has them all. */
const LISTED_MAX = 20;

/** `Match   1 284 archives · 212.4 GiB · Bulk · at AWS ready in 5–12 h · 5 batches under 50 GiB/h`. */
export function reportMatch(
  session: Session,
  scope: RestoreScope,
  how: {
    readonly tier: RetrievalTier;
    readonly room: PolicyRoom;
    readonly bytesPerHour: number | undefined;
  },
): void {
  const { reporter } = session;
  const { items, present, refused } = scope;
  const { tier, room, bytesPerHour } = how;
  const bytes = sumSizes(items);
  const encrypted = items.filter(({ cipher }) => cipher !== undefined).length;
  const batches = planBatches(
    items.map(({ sizeBytes }) => sizeBytes),
    bytesPerHour,
  ).count;
  const parts = [
    formatCount(items.length, "archive"),
    formatSize(bytes),
    tier,
    `ready in ${AWS_HOURS[tier]} at AWS (other services: as they are set)`,
    ...(bytesPerHour === undefined
      ? []
      : [`${batches} ${batches === 1 ? "batch" : "batches"} under ${formatSize(bytesPerHour)}/h`]),
    ...(encrypted === 0 ? [] : [`${encrypted} encrypted`]),
    ...(present.length === 0 ? [] : [`${present.length} there already`]),
    ...(refused.length === 0 ? [] : [`${refused.length} refused`]),
  ];
  reporter.done(
    {
      event: "match",
      archives: items.length,
      bytes,
      tier,
      batches,
      bytesPerHour,
      policy: room.strategy,
      encrypted,
      present: present.length,
      refused: refused.length,
    },
    `Policy  ${room.text}\nMatch   ${parts.join(" · ")}`,
  );
}

/** The paths that are not the names, what is there already, and what is refused because of it. */
export function reportScope(session: Session, scope: RestoreScope): void {
  const { reporter } = session;
  for (const [index, { item, reasons }] of scope.renamed.entries()) {
    const { name, path, archiveId } = item;
    const event = { event: "renamed", name, path, archiveId, reasons };
    if (reporter.isJson || index < LISTED_MAX) {
      reporter.done(event, `renamed   ${name} → ${path} (${reasons.join(", ")})`);
    }
  }
  if (!reporter.isJson && scope.renamed.length > LISTED_MAX) {
    const more = scope.renamed.length - LISTED_MAX;
    reporter.note(`renamed   ${formatCount(more, "more name")}; --json lists them all`);
  }
  for (const { name, path, archiveId, sizeBytes } of scope.present) {
    reporter.done({ event: "present", name, path, archiveId, sizeBytes }, `present   ${path}`);
  }
  for (const { item, reason, status } of scope.refused) {
    const { name, path, archiveId } = item;
    reporter.failed(
      { event: "failed", name, path, archiveId, status, reason },
      `failed    ${path}: ${reason}`,
    );
  }
}

/** Throws a `VerbFailure` when `--max-bytes` or the policy can't let all of it through. */
export function checkBudget(
  scope: RestoreScope,
  limits: { readonly maxBytes: number | undefined; readonly room: PolicyRoom },
): void {
  const { maxBytes, room } = limits;
  const bytes = sumSizes(scope.items);
  if (maxBytes !== undefined && bytes > maxBytes) {
    throw new VerbFailure(
      EXIT.refused,
      `${formatSize(bytes)} match, and --max-bytes is ${formatSize(maxBytes)}: take a narrower glob, or a larger limit`,
    );
  }
  const { largestBytes } = room;
  const tooLarge = scope.items.find(({ sizeBytes }) => sizeBytes > (largestBytes ?? sizeBytes));
  if (tooLarge !== undefined) {
    throw new VerbFailure(
      EXIT.refused,
      `the data retrieval policy (${room.text}) never lets ${formatSize(tooLarge.sizeBytes)} through at once, ` +
        `the size of ${tooLarge.name}: take --tier Bulk, which it does not count`,
    );
  }
}

/** The last line, and its event; `counts` is absent when nothing had to be done. */
export function reportEnd(
  session: Session,
  scope: RestoreScope,
  counts: RunCounts | undefined,
): void {
  const present = scope.present.length + (counts?.present ?? 0);
  const failed = scope.refused.length + (counts?.failures.length ?? 0);
  const { restored = 0, restoredBytes = 0, requested = 0 } = counts ?? {};
  const { found = 0, expired = 0, retries = 0 } = counts ?? {};
  const parts = [
    `${formatCount(restored, "file")} restored, ${present} there already, ${failed} failed`,
    formatSize(restoredBytes),
    `${formatCount(requested, "retrieval")} requested`,
    ...(found === 0 ? [] : [`${found} found`]),
    ...(expired === 0 ? [] : [`${expired} expired and requested again`]),
    ...(retries === 0 ? [] : [`${retries} retried`]),
    ...(scope.renamed.length === 0 ? [] : [`${scope.renamed.length} renamed`]),
  ];
  const renamed = scope.renamed.length;
  session.reporter.done(
    {
      event: "done",
      restored,
      restoredBytes,
      present,
      failed,
      requested,
      found,
      expired,
      retries,
      renamed,
    },
    `Done    ${parts.join(" · ")}`,
  );
}

/** How to go on; told also with `--quiet`, because nobody remembers an id. */
export function reportPaused(session: Session, plan: RestorePlan, words: string): void {
  session.reporter.failed(
    { event: "paused", plan: plan.id },
    `Saved plan ${plan.id}. ${words}: moraine restore --resume ${plan.id}`,
  );
}

function sumSizes(items: readonly PlanItem[]): number {
  return items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
