/** Deletes archives of a vault, and records it. */
import { GlacierServiceError } from "../../../client/errors.ts";
import { runParts } from "../../../client/transfer/run-parts.ts";
import { createSlots } from "../../../client/transfer/slots.ts";
import { type CatalogEntry, findPackId } from "../../catalog/catalog.ts";
import type { Journal } from "../../catalog/journal.ts";
import { EXIT } from "../../exit-codes.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import type { Session } from "../../session/session.ts";
import { describeVerbFailure, VerbFailure } from "../../session/verb-failure.ts";
import { formatSize } from "../../units.ts";
import type { FailedItem } from "../put/run-uploads.ts";
import { appendRecord } from "../put/store-file.ts";

export interface DeletionTally {
  deleted: number;
  readonly failures: FailedItem[];
}

/**
 * Deletes the archives. A file in a pack is only recorded as deleted; the pack goes with the last of its
 * files. One that the service refuses to delete, as by a vault lock, is reported and the rest
 * goes on; one that is gone already counts as deleted. A crash between the answer and DELETED leaves an
 * archive in the journal that the next run finds gone. Throws failures of the journal and the session's
 * `Interruption`.
 */
export async function deleteArchives(
  session: Session,
  {
    entries,
    journal,
    vaultName,
  }: {
    readonly entries: readonly CatalogEntry[];
    readonly journal: Journal;
    readonly vaultName: string;
  },
): Promise<DeletionTally> {
  const { reporter, settings, signal, surroundings } = session;
  const tally: DeletionTally = { deleted: 0, failures: [] };
  const slots = createSlots(settings.concurrency.value);
  const packs = new Map(
    entries.flatMap(({ packed }) => (packed ? [[packed.packId, packed.memberCount] as const] : [])),
  );
  const deleteEntry = async ({ archiveId, name, sizeBytes, packed }: CatalogEntry) => {
    const atMs = surroundings.nowMs();
    try {
      if (packed === undefined) {
        await deleteArchive(session, { vaultName, archiveId });
      }
      await appendRecord({ journal }, { op: "DELETED", atMs, archiveId });
      tally.deleted += 1;
      reporter.done(
        { event: "deleted", name, archiveId, sizeBytes },
        `deleted   ${escapeControls(name)}  ${formatSize(sizeBytes)}`,
      );
    } catch (error) {
      const { message: reason, exitCode } = expectRefusal(session, error);
      tally.failures.push({ name, reason, exitCode });
      reporter.failed(
        { event: "failed", name, archiveId, reason },
        `failed    ${escapeControls(name)}: not deleted: ${reason}`,
      );
    }
  };
  // The records of files in packs wait for no request, so that many share an fsync.
  const packed = entries.filter((entry) => entry.packed !== undefined);
  for (let start = 0; start < packed.length; start += BATCH_RECORDS) {
    await Promise.all(packed.slice(start, start + BATCH_RECORDS).map(deleteEntry));
  }
  const archives = entries.filter((entry) => entry.packed === undefined);
  const chosen = new Set(archives.map(({ archiveId }) => archiveId));
  const empty = findEmptyPacks(journal, packs).filter(({ archiveId }) => !chosen.has(archiveId));
  await runParts([...archives, ...empty], { slots, signal }, deleteEntry);
  return tally;
}

const BATCH_RECORDS = 1000;

/** Of these packs, given with how many files each was made of, those that every file was deleted of. */
function findEmptyPacks(
  journal: Journal,
  packs: ReadonlyMap<string, number>,
): readonly CatalogEntry[] {
  const deleted = new Map<string, number>();
  for (const id of packs.size === 0 ? [] : journal.deletedIds()) {
    const packId = findPackId(id) ?? "";
    deleted.set(packId, (deleted.get(packId) ?? 0) + 1);
  }
  return [...packs].flatMap(([packId, memberCount]) => {
    const pack = journal.entries.get(packId);
    return pack !== undefined && deleted.get(packId) === memberCount ? [pack] : [];
  });
}

async function deleteArchive(
  { call, accountId }: Session,
  archive: { readonly vaultName: string; readonly archiveId: string },
): Promise<void> {
  try {
    await call("DeleteArchive", { accountId, ...archive });
  } catch (error) {
    if (!(error instanceof GlacierServiceError && error.status === 404)) {
      throw error;
    }
  }
}

function expectRefusal({ signal }: Session, error: unknown): VerbFailure {
  signal.throwIfAborted();
  if (error instanceof VerbFailure) {
    throw error;
  }
  const failure = describeVerbFailure(error);
  return failure.exitCode === EXIT.usage
    ? new VerbFailure(EXIT.failed, failure.message, { cause: error })
    : failure;
}
