/** Where blobs lie: `data/<last two hex digits>/<id>`, `tmp/<id>` and `boot` (docs/format.md). */
import { dirname, join, resolve } from "node:path";
import type { BlobId } from "../../domain/ids.ts";
import { type Files, type LoopFiles, nodeFiles } from "./files.ts";

const SHARD_COUNT = 256;
/** Only the owner reads or writes what is stored. */
export const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export interface Layout {
  readonly root: string;
  readonly data: string;
  readonly temporary: string;
  readonly bootFile: string;
  /** What reaches the paths. */
  readonly files: Files;
}

/** The paths below `folder`, on the real disk unless other `files` are given. */
export function layoutOf(folder: string, files: Files = nodeFiles): Layout {
  const root = resolve(folder);
  return {
    root,
    data: join(root, "data"),
    temporary: join(root, "tmp"),
    bootFile: join(root, "boot"),
    files,
  };
}

/** The folder that holds blob `blobId`. */
export function shardPath(layout: Layout, blobId: BlobId): string {
  return join(layout.data, blobId.slice(-2));
}

/** Where blob `blobId` lies once committed. */
export function blobPath(layout: Layout, blobId: BlobId): string {
  return join(shardPath(layout, blobId), blobId);
}

/** Where blob `blobId` lies until then. */
export function temporaryPath(layout: Layout, blobId: BlobId): string {
  return join(layout.temporary, blobId);
}

const REWRAP_PREFIX = "rewrap-";

/** Where a copy of blob `blobId` gets another key. */
export function rewrapPath(layout: Layout, blobId: BlobId): string {
  return join(layout.temporary, `${REWRAP_PREFIX}${blobId}`);
}

/** Whether `name` in the folder of temporary files is such a copy. */
export function isRewrapName(name: string): boolean {
  return name.startsWith(REWRAP_PREFIX);
}

/** The blob id that a file name is, or `undefined` for a file of somebody else. */
export function findBlobId(name: string): BlobId | undefined {
  return /^[0-9a-f]{32}$/.test(name) ? (name as BlobId) : undefined;
}

/** The shard names, `00` to `ff`. */
export function shardNames(): readonly string[] {
  return Array.from({ length: SHARD_COUNT }, (_, shard) => shard.toString(16).padStart(2, "0"));
}

/**
 * Makes the folders that are missing, durably. The boot file is first written after this returned, so while
 * it is absent an earlier creation may have been cut short: then their names are synced again. An empty folder
 * has nothing to lose but its name; it is synced itself with each blob that it gets.
 */
export async function prepareFolders(layout: Layout): Promise<void> {
  const { files } = layout;
  await files.mkdir(layout.root, { recursive: true, mode: FOLDER_MODE });
  await files.mkdir(layout.data, { recursive: true, mode: FOLDER_MODE });
  await files.mkdir(layout.temporary, { recursive: true, mode: FOLDER_MODE });
  const present = new Set(await files.readdir(layout.data));
  const missing = shardNames().filter((name) => !present.has(name));
  for (const name of missing) {
    await files.mkdir(join(layout.data, name), { mode: FOLDER_MODE });
  }
  if (missing.length > 0 || !(await exists(files, layout.bootFile))) {
    for (const folder of [layout.data, layout.temporary, layout.root, dirname(layout.root)]) {
      await syncFolder(files, folder);
    }
  }
}

/** Makes the names in `folder` durable. */
export async function syncFolder(files: LoopFiles, folder: string): Promise<void> {
  const handle = await files.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(files: LoopFiles, path: string): Promise<boolean> {
  try {
    await files.stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return false;
    }
    throw error;
  }
}
