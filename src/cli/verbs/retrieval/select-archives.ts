/** The archives that words of the command line name. */
import picomatch from "picomatch";
import { numberVersions } from "../../../domain/descriptions/versions.ts";
import type { Catalog, CatalogEntry } from "../../catalog/catalog.ts";

export interface Selection {
  /** A name, a glob, or a folder's name; empty for all. */
  readonly path: string;
  /** Uploaded before, and at or after; epoch milliseconds. */
  readonly beforeMs?: number | undefined;
  readonly afterMs?: number | undefined;
  /** Older archives of a name too, under names such as `photo.jpg;2`. */
  readonly versions?: boolean | undefined;
}

export interface SelectedArchive extends CatalogEntry {
  /** The name, with its version's number unless it is the newest. */
  readonly shownName: string;
}

/** In the order of their names; of a name only the newest selected archive, unless versions are wanted. */
export function selectArchives(catalog: Catalog, selection: Selection): SelectedArchive[] {
  const {
    path,
    beforeMs = Number.POSITIVE_INFINITY,
    afterMs = Number.NEGATIVE_INFINITY,
  } = selection;
  const isNamed = createNameFilter(catalog, path);
  const found = [...catalog.entries.values()].filter(
    ({ name, createdAtMs }) => createdAtMs < beforeMs && createdAtMs >= afterMs && isNamed(name),
  );
  return numberVersions(found)
    .filter(({ version }) => selection.versions === true || version === 1)
    .map(({ archive, shownName }) => ({ ...archive, shownName }))
    .toSorted(compareNames);
}

function createNameFilter(catalog: Catalog, path: string): (name: string) => boolean {
  if (path === "") {
    return () => true;
  }
  if (catalog.versionsOf(path).length > 0) {
    return (name) => name === path;
  }
  const folder = path.endsWith("/") ? path : `${path}/`;
  const matches = picomatch(path, { dot: true, nonegate: true });
  return (name) => name.startsWith(folder) || matches(name);
}

function compareNames(left: SelectedArchive, right: SelectedArchive): number {
  return left.shownName < right.shownName ? -1 : left.shownName > right.shownName ? 1 : 0;
}
