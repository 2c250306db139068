/** What an import adds to a journal. */
import { decodeDescription } from "../../../domain/descriptions/decode-description.ts";
import { isStandInName, recordOfEntry } from "../build-catalog.ts";
import type { CatalogEntry, JournalCatalog } from "../catalog.ts";
import type { JournalRecord } from "../journal-record.ts";
import type { Imported } from "./read-import.ts";

export interface MergeCounts {
  /** Archives that the journal did not know. */
  readonly added: number;
  /** Archives whose record got what it lacked. */
  readonly completed: number;
  /** Archives that the journal knew as well. */
  readonly unchanged: number;
  /** Archives that are now deleted. */
  readonly deleted: number;
  /** Archives that the journal calls deleted: they stay so. */
  readonly gone: number;
  /** Names of archives that the journal does not know. */
  readonly unknown: number;
  /** Further names of archives, of which a journal keeps one. */
  readonly otherNames: number;
}

export interface Merge {
  readonly records: readonly JournalRecord[];
  readonly counts: MergeCounts;
}

/**
 * The records that bring what is imported into `journal`. An archive that is known keeps its record; what
 * it lacks is added. Pure, and when the records are in, a second merge finds nothing.
 */
export function mergeImport(journal: JournalCatalog, imported: Imported): Merge {
  const merging = createMerging(journal);
  if (imported.kind === "archives") {
    for (const entry of imported.catalog.entries.values()) {
      merging.archive(entry);
    }
    for (const archiveId of imported.catalog.deletedIds()) {
      merging.deleted(archiveId, imported.catalog.deletedAtMs(archiveId) ?? 0);
    }
  } else {
    for (const { archiveId, name } of imported.names) {
      merging.name(archiveId, name);
    }
    for (const { archiveId, atMs } of imported.deleted) {
      merging.deleted(archiveId, atMs);
    }
  }
  return { records: merging.records, counts: merging.counts };
}

function createMerging(journal: JournalCatalog) {
  const records: JournalRecord[] = [];
  const counts = {
    added: 0,
    completed: 0,
    unchanged: 0,
    deleted: 0,
    gone: 0,
    unknown: 0,
    otherNames: 0,
  };
  const named = new Set<string>();
  const complete = (known: CatalogEntry, added: Partial<CatalogEntry>) => {
    const record = completed(known, added);
    if (record === undefined) {
      counts.unchanged += 1;
    } else {
      counts.completed += 1;
      records.push(record);
    }
  };
  return {
    records,
    counts,
    archive: (entry: CatalogEntry) => {
      const known = journal.entries.get(entry.archiveId);
      if (known !== undefined) {
        complete(known, isStandInName(known) ? entry : { ...entry, name: known.name });
      } else if (journal.deletedAtMs(entry.archiveId) === undefined) {
        counts.added += 1;
        records.push(recordOfEntry(entry));
      } else {
        counts.gone += 1;
      }
    },
    name: (archiveId: string, name: string) => {
      const known = journal.entries.get(archiveId);
      if (named.has(archiveId)) {
        counts.otherNames += 1;
      } else if (known !== undefined) {
        named.add(archiveId);
        complete(known, { name: hasOwnName(known) ? known.name : name });
      } else if (journal.deletedAtMs(archiveId) === undefined) {
        counts.unknown += 1;
      } else {
        counts.gone += 1;
      }
    },
    deleted: (archiveId: string, atMs: number) => {
      if (journal.entries.has(archiveId)) {
        counts.deleted += 1;
        records.push({ op: "DELETED", atMs, archiveId });
      }
    },
  };
}

/** Whether the name was written by a tool that names files; free text is only a description. */
function hasOwnName(entry: CatalogEntry): boolean {
  const { tool } = decodeDescription(entry.description, entry.archiveId);
  if (isStandInName(entry)) {
    return false;
  }
  const isDescription = entry.name === entry.description?.trim();
  return !(isDescription && (tool === "plain text" || tool === "git-annex"));
}

/** The record of `known` with what it lacks; `undefined` when it lacks nothing of `added`. */
function completed(known: CatalogEntry, added: Partial<CatalogEntry>): JournalRecord | undefined {
  const whole: CatalogEntry = {
    ...known,
    name: added.name ?? known.name,
    treeHash: known.treeHash ?? added.treeHash,
    modifiedAtMs: known.modifiedAtMs ?? added.modifiedAtMs,
    description: known.description ?? added.description,
  };
  const isMore = (["name", "treeHash", "modifiedAtMs", "description"] as const).some(
    (key) => whole[key] !== known[key],
  );
  return isMore ? recordOfEntry(whole) : undefined;
}
