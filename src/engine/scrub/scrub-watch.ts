/** What the scrub knows of itself: for metrics, for operators, and the warning that it is too slow. */
import type { BlobId } from "../../domain/ids.ts";
import type { Walk } from "../../ports/scrub-store.ts";
import { decideOldestVerifiedAtMs, estimatePassMs } from "./decide-schedule.ts";
import type { ScrubServices } from "./scrub-services.ts";

const VAULTS_PAGE = 500;

export interface ScrubReport {
  /** `undefined` when passes are switched off. */
  readonly bytesPerSecond: number | undefined;
  readonly intervalMs: number;
  /** The pass under way, or the last one. */
  readonly walk: Walk | undefined;
  readonly oldestVerifiedAtMs: number | undefined;
  readonly isTooSlow: boolean;
  readonly damagedArchives: number;
  /** How far the mirror is filled; `undefined` without a mirror. */
  readonly fill: Walk | undefined;
}

export interface ScrubWatch {
  /** How far the walk is, as it was stored. */
  knows(walk: Walk | undefined): void;
  /** The walk begins or goes on: whether the rate suffices is looked at, and told once. */
  begins(walk: Walk): Promise<void>;
  comesTo(blobId: BlobId): void;
  /** Sets the metrics. */
  publish(): Promise<void>;
  describe(): Promise<ScrubReport>;
}

export function createScrubWatch(services: ScrubServices): ScrubWatch {
  const { metadata, clock, logger, metrics, settings, mirror } = services;
  const { bytesPerSecond, intervalMs } = settings;
  let known: Walk | undefined;
  let next: BlobId | undefined;
  let isTooSlow = false;
  let toldPass: number | undefined;
  const judge = async (): Promise<void> => {
    if (known === undefined || bytesPerSecond === undefined) {
      isTooSlow = false;
      return;
    }
    const stored = await sumStored(services);
    const estimateMs = estimatePassMs(
      { ...stored, copies: services.copies.length },
      bytesPerSecond,
    );
    const runsForMs = known.endedAtMs === undefined ? clock.nowMs() - known.startedAtMs : 0;
    isTooSlow = Math.max(estimateMs, runsForMs) > intervalMs;
    if (isTooSlow && toldPass !== known.pass) {
      toldPass = known.pass;
      const facts = { ...stored, bytesPerSecond, intervalMs, estimateMs: Math.round(estimateMs) };
      logger.warn(facts, "scrub-rate is too low to verify every blob within scrub-interval");
    }
  };
  const describe = async (): Promise<ScrubReport> => ({
    bytesPerSecond,
    intervalMs,
    walk: known ?? (await metadata.scrub.findWalk("scrub")),
    oldestVerifiedAtMs: decideOldestVerifiedAtMs(known, next),
    isTooSlow,
    damagedArchives: await metadata.damages.countArchives(),
    fill: mirror && (await metadata.scrub.findWalk("fill")),
  });
  return {
    knows(walk) {
      known = walk;
      if (walk?.endedAtMs !== undefined) {
        next = undefined;
      }
    },
    async begins(walk) {
      known = walk;
      await judge();
    },
    comesTo(blobId) {
      next = blobId;
    },
    async publish() {
      if (known?.endedAtMs === undefined && known !== undefined && !isTooSlow) {
        await judgeRunningTime();
      }
      const report = await describe();
      metrics.scrubState({
        damagedArchives: report.damagedArchives,
        oldestVerifiedAtMs: report.oldestVerifiedAtMs,
        isTooSlow,
        isMirrorReady: mirror && report.fill?.endedAtMs !== undefined,
      });
    },
    describe,
  };

  /** Only what can be told without counting: it is asked for every ten seconds. */
  async function judgeRunningTime(): Promise<void> {
    if (known !== undefined && clock.nowMs() - known.startedAtMs > intervalMs) {
      await judge();
    }
  }
}

async function sumStored({ metadata }: Pick<ScrubServices, "metadata">) {
  let archives = 0;
  let bytes = 0n;
  let fromVaultId: number | undefined = 0;
  while (fromVaultId !== undefined) {
    const page = { fromVaultId, limit: VAULTS_PAGE };
    const vaults: Awaited<ReturnType<typeof metadata.scans.listVaults>> =
      await metadata.scans.listVaults(page);
    for (const vault of vaults) {
      archives += vault.archiveCount;
      bytes += vault.archiveBytes;
    }
    const last = vaults[VAULTS_PAGE - 1];
    fromVaultId = last && last.vaultId + 1;
  }
  return { archives, bytes };
}
