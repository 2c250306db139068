/** The archives that words of the command line name, for restores. */
import type { Catalog, CatalogEntry } from "../../catalog/catalog.ts";
import { selectEntries } from "../../catalog/select-entries.ts";

export interface Selection {
  /** A name, a glob, an id, or a folder's name; empty for all. */
  readonly path: string;
  /** Uploaded before, and at or after; epoch milliseconds. */
  readonly beforeMs?: number | undefined;
  readonly afterMs?: number | undefined;
  /** Older archives of a name too, under names such as `photo.jpg;2`. */
  readonly versions?: boolean | undefined;
}

export interface SelectedArchive extends CatalogEntry {
  /** The name; with versions the one that only this archive bears. */
  readonly shownName: string;
}

/** By name; of each name the newest archive that the dates let through, unless versions are wanted. */
export function selectArchives(catalog: Catalog, selection: Selection): SelectedArchive[] {
  const { path, beforeMs: before, afterMs: after, versions } = selection;
  return selectEntries(catalog, path, { before, after, versions, folders: true }).map(
    ({ entry, shownName }) => ({ ...entry, shownName: versions ? shownName : entry.name }),
  );
}
