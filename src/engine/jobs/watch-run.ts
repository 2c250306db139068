/** Watches over the long waits of a run: for a query, for a bucket. */
import type { ArchiveId } from "../../domain/ids.ts";
import type { JobServices } from "./job-services.ts";
import type { Lease } from "./lease.ts";

/** How often a wait looks whether the run is to go on; the engine's stop waits for it. */
const LOOK_MS = 1_000;
/** How often the archive is looked at while its query runs. */
const ARCHIVE_LOOK_MS = 10_000;

/** The archive was deleted while its query ran. */
export class ArchiveDeleted extends Error {
  override readonly name = "ArchiveDeleted";
}

export interface RunWatch {
  /** Called between the steps of a run. Throws what `Lease.keep` throws, and `ArchiveDeleted`. */
  look(): Promise<void>;
  /** What `work` resolves with, or throws. Looks meanwhile, and throws what that throws: `work` goes on alone then. */
  during<T>(work: Promise<T>): Promise<T>;
}

/** A watch over a run on the live archive `archiveId`. */
export function createRunWatch(
  services: Pick<JobServices, "metadata" | "clock">,
  lease: Lease,
  archiveId: ArchiveId,
): RunWatch {
  const { clock } = services;
  let archiveSeenAtMs = clock.nowMs();
  const look = async () => {
    await lease.keep();
    const nowMs = clock.nowMs();
    const passedMs = nowMs - archiveSeenAtMs;
    if (passedMs >= 0 && passedMs < ARCHIVE_LOOK_MS) {
      return;
    }
    archiveSeenAtMs = nowMs;
    const archive = await services.metadata.archives.find(archiveId);
    if (archive === undefined || archive.deletedSequence !== undefined) {
      throw new ArchiveDeleted();
    }
  };
  return {
    look,
    during: async (work) => {
      const settled = new AbortController();
      const settle = () => settled.abort();
      work.then(settle, settle);
      await clock.sleep(LOOK_MS, settled.signal);
      while (!settled.signal.aborted) {
        await look();
        await clock.sleep(LOOK_MS, settled.signal);
      }
      return await work;
    },
  };
}
