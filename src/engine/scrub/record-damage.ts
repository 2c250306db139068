/** Keeps the records of an archive's damage as the last look at it found them. */
import type { FoundDamage } from "../../domain/damage.ts";
import type { ArchiveId } from "../../domain/ids.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { StoredPart } from "../../ports/scrub-store.ts";
import { decideDamages } from "./decide-damages.ts";

export interface RecordServices {
  readonly metadata: MetadataStore;
  readonly clock: { nowMs(): number };
  readonly logger: Logger;
}

/**
 * Opens, continues and closes records, and logs each once when it opens and once when it closes. Damage of an upload
 * in progress or of a job's output has no record: it is logged every time. Returns whether a record changed.
 */
export async function recordDamage(
  services: RecordServices,
  part: StoredPart,
  found: readonly FoundDamage[],
): Promise<boolean> {
  const { metadata, logger } = services;
  const { blobId } = part;
  if (found.length === 0 && (await metadata.damages.listOpen(blobId)).length === 0) {
    return false;
  }
  const nowMs = services.clock.nowMs();
  const { archiveId, changes } = await metadata.transaction(async (session) => {
    // Deleted in between, the archive has no records any more, and gets none.
    const archive = await session.scrub.findArchive(part.manifestId);
    const open = await session.damages.listOpen(blobId);
    const changes = decideDamages(open, found, nowMs);
    for (const damage of changes.updated) {
      await session.damages.update(damage);
    }
    for (const damage of changes.added) {
      if (archive === undefined) {
        break;
      }
      const seen = { firstSeenAtMs: nowMs, lastSeenAtMs: nowMs, repairedAtMs: undefined };
      await session.damages.insert({ ...damage, ...seen, archiveId: archive.archiveId, blobId });
    }
    return { archiveId: archive?.archiveId, changes };
  });
  tellChanges(logger, { archiveId, blobId, manifestId: part.manifestId }, changes);
  return true;
}

function tellChanges(
  logger: Logger,
  place: {
    readonly archiveId: ArchiveId | undefined;
    readonly blobId: string;
    readonly manifestId: string;
  },
  changes: ReturnType<typeof decideDamages>,
): void {
  for (const { kind, range } of changes.added) {
    logger.error({ ...place, kind, range }, "an archive is damaged in storage");
  }
  for (const { kind, range, repairedAtMs } of changes.updated) {
    if (repairedAtMs !== undefined) {
      logger.info({ ...place, kind, range }, "a damaged range of an archive is sound again");
    }
  }
}
