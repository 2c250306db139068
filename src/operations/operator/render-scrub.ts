/** How far the scrub and the mirror are, as the operations API shows it. */
import type { ScrubReport } from "../../engine/scrub/scrub-watch.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import { formatIsoMilliseconds } from "../../std/iso-time.ts";

export interface ShownScrub {
  /** Null when passes are switched off. */
  readonly BytesPerSecond: number | null;
  readonly IntervalSeconds: number;
  /** Counts from 1; 0 before the first. */
  readonly Pass: number;
  readonly PassStartedAt: string | null;
  /** Null while the pass is under way. */
  readonly PassEndedAt: string | null;
  /** No blob was verified longer ago; null while none was. */
  readonly OldestVerifiedAt: string | null;
  /** Whether the rate is too low for the interval. */
  readonly TooSlow: boolean;
  readonly DamagedArchives: number;
}

export interface ShownMirror {
  readonly Directory: string;
  readonly MirrorId: string;
  /** Whether it has every blob. */
  readonly Ready: boolean;
  readonly FillStartedAt: string | null;
  readonly FilledAt: string | null;
  readonly FreeBytes: number | null;
}

/** A mirror in use. */
export interface OpenMirror {
  readonly path: string;
  readonly mirrorId: string;
  readonly blobs: Pick<BlobStore, "describeSpace">;
}

export function renderScrub(report: ScrubReport): ShownScrub {
  const { walk } = report;
  return {
    BytesPerSecond: report.bytesPerSecond ?? null,
    IntervalSeconds: report.intervalMs / 1000,
    Pass: walk?.pass ?? 0,
    PassStartedAt: renderInstant(walk?.startedAtMs),
    PassEndedAt: renderInstant(walk?.endedAtMs),
    OldestVerifiedAt: renderInstant(report.oldestVerifiedAtMs),
    TooSlow: report.isTooSlow,
    DamagedArchives: report.damagedArchives,
  };
}

export async function renderMirror(
  mirror: OpenMirror,
  { fill }: ScrubReport,
): Promise<ShownMirror> {
  const space = await mirror.blobs.describeSpace().catch(() => undefined);
  return {
    Directory: mirror.path,
    MirrorId: mirror.mirrorId,
    Ready: fill?.endedAtMs !== undefined,
    FillStartedAt: renderInstant(fill?.startedAtMs),
    FilledAt: renderInstant(fill?.endedAtMs),
    FreeBytes: space?.freeBytes ?? null,
  };
}

function renderInstant(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : formatIsoMilliseconds(epochMs);
}
