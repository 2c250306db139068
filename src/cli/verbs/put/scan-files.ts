/** The files below the paths that a person gave, and the names that they get in a vault. */
import { isUtf8 } from "node:buffer";
import type { BigIntStats, Dirent } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import picomatch from "picomatch";
import { isSystemError } from "../../session/verb-failure.ts";

interface Finding {
  /** It is at the path that was given itself. */
  readonly isRoot?: true;
  /** In the vault: prefix and relative path, with `/` between them. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

export interface FoundFile extends Finding {
  readonly kind: "file";
  readonly sizeBytes: number;
  /** Epoch milliseconds. */
  readonly modifiedAtMs: number;
  /** Permission bits. */
  readonly mode: number;
}

export type ScanFinding =
  | FoundFile
  /** No archive can hold nothing. `isNamed`: it was asked for by its own path. */
  | (Finding & { readonly kind: "empty"; readonly isNamed: boolean })
  /** Something that is no file, such as a socket, or a link that is not followed. */
  | (Finding & { readonly kind: "skipped"; readonly reason: string })
  | (Finding & { readonly kind: "excluded"; readonly isFolder: boolean })
  /** What can't be read; below a folder nothing is known then. */
  | (Finding & { readonly kind: "failed"; readonly isFolder: boolean; readonly reason: string });

export interface ScanOptions {
  /** Put before all names, with a `/`; empty for none. */
  readonly prefix: string;
  /** Whether links within folders are followed; those that were named themselves are. */
  readonly isFollowing: boolean;
  /**
   * Globs of what is left out. One without `/` is compared with the last part of names, others with the
   * path below the folder that was given. What is below a folder left out is not looked at.
   */
  readonly exclude: readonly string[];
}

/**
 * What is at `path`. A folder `a/photos` gives names that begin with `photos/`; written with a slash or a
 * dot at its end, those of what is in it. Throws nothing: what can't be read is a finding.
 */
export async function* scanPath(path: string, options: ScanOptions): AsyncGenerator<ScanFinding> {
  const absolute = resolve(path);
  const isContents = /(^|\/)\.{0,2}\/?$/.test(path);
  const ownName = isContents ? "" : basename(absolute);
  const place: Place = {
    path: absolute,
    name: joinName(options.prefix, ownName),
    // A finding needs a name even when the folder itself is not part of any.
    shownName: joinName(options.prefix, basename(absolute)),
  };
  const stats = await findStats(place, true);
  if ("kind" in stats) {
    yield { ...stats, isRoot: true };
  } else if (stats.isDirectory()) {
    const scan: FolderScan = {
      ...options,
      isExcluded: createExclusion(options.exclude),
      below: "",
      ancestors: [],
    };
    yield* scanFolder(place, stats, scan);
  } else {
    yield describeFile(
      { ...place, name: joinName(options.prefix, basename(absolute)) },
      stats,
      true,
    );
  }
}

interface Place {
  readonly path: string;
  readonly name: string;
  readonly shownName: string;
}

interface FolderScan {
  readonly isFollowing: boolean;
  readonly isExcluded: (below: string) => boolean;
  /** Path from the folder that was given. */
  readonly below: string;
  /** Device and inode of each folder above, which a link must not lead back to. */
  readonly ancestors: readonly string[];
}

async function* scanFolder(
  place: Place,
  stats: BigIntStats,
  scan: FolderScan,
): AsyncGenerator<ScanFinding> {
  const own = `${stats.dev}:${stats.ino}`;
  if (scan.ancestors.includes(own)) {
    yield skipped(place, "a link that leads back to a folder above it");
    return;
  }
  const entries = await findEntries(place);
  if ("kind" in entries) {
    yield scan.ancestors.length === 0 ? { ...entries, isRoot: true } : entries;
    return;
  }
  const ancestors = [...scan.ancestors, own];
  for (const { name } of entries) {
    const text = name.toString("utf8");
    const path = join(place.path, text);
    const child: Place = {
      path,
      name: joinName(place.name, text),
      shownName: joinName(place.name, text),
    };
    if (isUtf8(name)) {
      yield* scanChild(child, { ...scan, ancestors, below: joinName(scan.below, text) });
    } else {
      yield failed(child, false, "its name is not UTF-8: rename it");
    }
  }
}

async function* scanChild(place: Place, scan: FolderScan): AsyncGenerator<ScanFinding> {
  const stats = await findStats(place, scan.isFollowing);
  if ("kind" in stats) {
    yield stats;
  } else if (scan.isExcluded(scan.below)) {
    const isFolder = stats.isDirectory();
    yield { kind: "excluded", name: place.name, path: place.path, isFolder };
  } else if (stats.isDirectory()) {
    yield* scanFolder(place, stats, scan);
  } else {
    yield describeFile(place, stats, false);
  }
}

function describeFile(place: Place, stats: BigIntStats, isNamed: boolean): ScanFinding {
  const { name, path } = place;
  if (stats.isSymbolicLink()) {
    return skipped(place, "a symbolic link, which --follow follows");
  }
  if (!stats.isFile()) {
    return skipped(place, `${describeKind(stats)}, and only files are stored`);
  }
  if (stats.size === 0n) {
    return { kind: "empty", name, path, isNamed };
  }
  const modifiedAtMs = millisecondsOf(stats.mtimeNs);
  const mode = Number(stats.mode & 0o7777n);
  return { kind: "file", name, path, sizeBytes: Number(stats.size), modifiedAtMs, mode };
}

/** Rounded down, before 1970 too. */
export function millisecondsOf(nanoseconds: bigint): number {
  const rest = nanoseconds % 1_000_000n;
  const floor = nanoseconds - rest - (rest < 0n ? 1_000_000n : 0n);
  return Number(floor / 1_000_000n);
}

function describeKind(stats: BigIntStats): string {
  if (stats.isFIFO()) {
    return "a pipe";
  }
  if (stats.isSocket()) {
    return "a socket";
  }
  return stats.isBlockDevice() || stats.isCharacterDevice() ? "a device" : "something special";
}

async function findStats(place: Place, isFollowing: boolean): Promise<BigIntStats | ScanFinding> {
  try {
    const options = { bigint: true } as const;
    return isFollowing ? await stat(place.path, options) : await lstat(place.path, options);
  } catch (error) {
    return failed(place, false, reasonOf(error));
  }
}

async function findEntries(place: Place): Promise<readonly Dirent<Buffer>[] | ScanFinding> {
  try {
    const entries = await readdir(place.path, { withFileTypes: true, encoding: "buffer" });
    // The order of names, so that runs and their reports are alike.
    return entries.sort((left, right) => Buffer.compare(left.name, right.name));
  } catch (error) {
    return failed(place, true, reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (!isSystemError(error)) {
    throw error;
  }
  return error.code === "ENOENT" ? "there is no such file" : error.message;
}

function failed(place: Place, isFolder: boolean, reason: string): ScanFinding {
  return { kind: "failed", name: place.shownName, path: place.path, isFolder, reason };
}

function skipped(place: Place, reason: string): ScanFinding {
  return { kind: "skipped", name: place.shownName, path: place.path, reason };
}

function createExclusion(globs: readonly string[]): (below: string) => boolean {
  const options = { dot: true };
  const forNames = globs.filter((glob) => !glob.includes("/"));
  const forPaths = globs
    .filter((glob) => glob.includes("/"))
    .map((glob) => glob.replace(/^\/+|\/+$/g, ""));
  const matchesName = picomatch(forNames, options);
  const matchesPath = picomatch(forPaths, options);
  return (below) => {
    const name = below.slice(below.lastIndexOf("/") + 1);
    return (
      (forNames.length > 0 && matchesName(name)) || (forPaths.length > 0 && matchesPath(below))
    );
  };
}

function joinName(prefix: string, name: string): string {
  return prefix === "" || name === "" ? `${prefix}${name}` : `${prefix}/${name}`;
}
