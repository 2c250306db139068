/** Which archives the part after `VAULT/` means. */
import picomatch from "picomatch";
import { numberVersions } from "../../domain/descriptions/versions.ts";
import { type Catalog, type CatalogEntry, listKnownPacks } from "./catalog.ts";

/** An archive, its number among those of its name, and the name that only it bears. */
export interface SelectedEntry {
  readonly entry: CatalogEntry;
  /** 1 for the newest of its name. */
  readonly version: number;
  /** `name`, or `name;2` for an older version. */
  readonly shownName: string;
}

export interface SelectOptions {
  /** Only archives uploaded before that instant, epoch milliseconds: the vault as it was then. */
  readonly before?: number | undefined;
  /** Only archives uploaded at that instant or later, epoch milliseconds. */
  readonly after?: number | undefined;
  /** All versions of each name; otherwise the newest that the dates let through. */
  readonly versions?: boolean | undefined;
  /** A pattern that is no name may be a folder, and means all below it; `photos/` always does. */
  readonly folders?: boolean | undefined;
  /** A glob without a slash is compared with the last part of names, as `find -name` does. */
  readonly baseNames?: boolean | undefined;
}

/**
 * The archives of `catalog` that `pattern` means, by name. The first that fits counts:
 *
 * - nothing: all archives;
 * - an archive id, which no date leaves out;
 * - a name that exists, also one with characters of globs in it;
 * - `name;2`, as a listing shows an older version, which no date leaves out;
 * - a folder, when it ends with a slash or `folders` are asked for;
 * - a glob: `**`, `*`, `?`, `[…]`, `{a,b}`; a name that begins with a dot is like any other.
 *   Packs are left out: the files in them stand for them.
 */
export function selectEntries(
  catalog: Catalog,
  pattern: string,
  options: SelectOptions = {},
): readonly SelectedEntry[] {
  const single = findById(catalog, pattern) ?? findVersion(catalog, pattern);
  if (single !== undefined) {
    return [single];
  }
  const names = namesOf(catalog, pattern, options);
  return names.flatMap((name) => {
    const inTime = shownVersions(catalog, name).filter(({ entry }) => isInTime(entry, options));
    return options.versions === true ? inTime : inTime.slice(0, 1);
  });
}

/** The archives of `name`, newest first. */
export function shownVersions(catalog: Catalog, name: string): readonly SelectedEntry[] {
  const archives = catalog.versionsOf(name);
  const [only] = archives;
  if (archives.length === 1 && only !== undefined) {
    return [{ entry: only, version: 1, shownName: name }];
  }
  // Archives that are really called `name;2` take that name away from a version.
  const rivals: CatalogEntry[] = [];
  for (let number = 2, free = 1; free < archives.length; number += 1) {
    const called = catalog.versionsOf(`${name};${number}`);
    rivals.push(...called);
    free += called.length === 0 ? 1 : 0;
  }
  return numberVersions([...archives, ...rivals])
    .filter(({ archive }) => archive.name === name)
    .map(({ archive, version, shownName }) => ({ entry: archive, version, shownName }));
}

function findById(catalog: Catalog, archiveId: string): SelectedEntry | undefined {
  const entry = catalog.entries.get(archiveId);
  return entry && shownVersions(catalog, entry.name).find((shown) => shown.entry === entry);
}

function findVersion(catalog: Catalog, pattern: string): SelectedEntry | undefined {
  const [, name] = /^(.+);[1-9]\d{0,8}$/s.exec(pattern) ?? [];
  if (name === undefined || catalog.versionsOf(pattern).length > 0) {
    return undefined;
  }
  return shownVersions(catalog, name).find(({ shownName }) => shownName === pattern);
}

function isInTime({ createdAtMs }: CatalogEntry, { before, after }: SelectOptions): boolean {
  return (
    (before === undefined || createdAtMs < before) && (after === undefined || createdAtMs >= after)
  );
}

function namesOf(catalog: Catalog, pattern: string, options: SelectOptions): readonly string[] {
  if (catalog.versionsOf(pattern).length > 0) {
    return [pattern];
  }
  const matches = matcherOf(pattern, options);
  const names = new Set<string>();
  // The files in a pack stand for it; its own name and its id still mean it.
  const packs = listKnownPacks(catalog);
  for (const { name, archiveId } of catalog.entries.values()) {
    if (!packs.has(archiveId) && matches(name)) {
      names.add(name);
    }
  }
  return [...names].sort();
}

/** Longer ones make expressions that take long, and no name needs them. */
const GLOB_MAX_CHARACTERS = 4096;

function matcherOf(pattern: string, options: SelectOptions): (name: string) => boolean {
  if (pattern === "" || pattern === "**") {
    return () => true;
  }
  if (pattern.length > GLOB_MAX_CHARACTERS) {
    return () => false;
  }
  const folder = pattern.endsWith("/") ? pattern : `${pattern}/`;
  const isFolderMeant = pattern.endsWith("/") || options.folders === true;
  const isGlob = picomatch(pattern, {
    dot: true,
    nonegate: true,
    windows: false,
    // Names may have line feeds in them.
    flags: "s",
    basename: options.baseNames === true && !pattern.includes("/"),
  });
  return (name) => (isFolderMeant && name.startsWith(folder)) || isGlob(name);
}
