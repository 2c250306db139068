/** What a journal says of a vault: the archives in it, under the names of their files. */
import type { UploadStartedRecord } from "./journal-record.ts";

/** Where a file lies in a pack. */
export interface PackPlace {
  readonly packId: string;
  readonly offset: number;
  /** How many files the pack was made of. */
  readonly memberCount: number;
  /** Permission bits of the file. */
  readonly mode: number;
}

export interface CatalogEntry {
  /** Of a file in a pack its `memberId`, which the service does not know. */
  readonly archiveId: string;
  /** Never blank; decoded from whatever convention the description follows. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly treeHash: string | undefined;
  /** When it was uploaded, epoch milliseconds. */
  readonly createdAtMs: number;
  /** The file's modification time, epoch milliseconds. */
  readonly modifiedAtMs: number | undefined;
  readonly description: string | undefined;
  /** Absent for an archive. */
  readonly packed?: PackPlace | undefined;
}

export interface Catalog {
  /** By archive id, in the order of their upload. */
  readonly entries: ReadonlyMap<string, CatalogEntry>;
  /** The archives of a name, newest first. */
  versionsOf(name: string): readonly CatalogEntry[];
  /** Multipart uploads that were started and neither completed nor aborted, by upload id. */
  readonly openUploads: ReadonlyMap<string, UploadStartedRecord>;
}

/** A catalogue that also knows what is gone. */
export interface JournalCatalog extends Catalog {
  /** When the archive was deleted, epoch milliseconds; `undefined` for one that never was. */
  deletedAtMs(archiveId: string): number | undefined;
  /** The archives that were deleted and not found again. */
  deletedIds(): Iterable<string>;
}

/** What stands for the id of an archive where a file in a pack is meant: ids have no colon. */
export function memberId(packId: string, offset: number): string {
  return `${packId}:${offset}`;
}

/** The pack that a `memberId` is of; `undefined` for an archive's id. */
export function findPackId(id: string): string | undefined {
  const end = id.lastIndexOf(":");
  return end === -1 ? undefined : id.slice(0, end);
}

/** The packs whose files the catalogue knows. */
export function listKnownPacks(catalog: Pick<Catalog, "entries">): ReadonlySet<string> {
  const packs = new Set<string>();
  for (const { packed } of catalog.entries.values()) {
    if (packed !== undefined) {
      packs.add(packed.packId);
    }
  }
  return packs;
}
