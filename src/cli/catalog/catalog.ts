/** What a journal says of a vault: the archives in it, under the names of their files. */
import type { UploadStartedRecord } from "./journal-record.ts";

export interface CatalogEntry {
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
