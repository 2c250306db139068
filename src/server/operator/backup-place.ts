/** Where a backup may be written: a new folder, an empty one, or an earlier backup, outside the data folder. */
import { mkdir, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, relative } from "node:path";
import { syncFolder } from "../../std/durable-file-node.ts";
import { type FolderLock, lockFolder, OWNER_NAMES } from "../folder-lock.ts";
import { BackupError, findBackupState, writeBackupMarker } from "./backup-set.ts";

/** The folder, locked for this process, with a marker in it. */
export interface BackupPlace {
  readonly path: string;
  readonly lock: FolderLock;
}

/**
 * Takes the folder at `directory`, making it when it is missing. Throws `BackupError` for a path that is not
 * absolute, lies inside the data folder or around it, holds something else, or is being written by somebody.
 */
export async function openBackupPlace(directory: string, dataDir: string): Promise<BackupPlace> {
  if (!isAbsolute(directory)) {
    throw new BackupError(
      `the folder of a backup must be an absolute path on the machine of the service; got "${directory}"`,
    );
  }
  const path = normalize(directory).replace(/(?<=.)\/+$/, "");
  await checkApart(path, dataDir);
  await makeFolder(path);
  const state = await findBackupState(path);
  if (state === undefined) {
    await refuseForeign(path);
  }
  const lock = await takeLock(path);
  try {
    if ((await findBackupState(path)) === undefined) {
      await writeBackupMarker(path, null);
    }
    return { path, lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function takeLock(path: string): Promise<FolderLock> {
  try {
    return await lockFolder(path);
  } catch (cause) {
    throw new BackupError(`${path} ${(cause as Error).message}`, { cause });
  }
}

/** Symbolic links are followed, as far as the path exists. */
async function checkApart(path: string, dataDir: string): Promise<void> {
  const [place, data] = [await resolveExisting(path), await realpath(dataDir)];
  if (isWithin(place, data)) {
    throw new BackupError(`a backup must not lie inside the data folder ${data}; got "${path}"`);
  }
  if (isWithin(data, place)) {
    throw new BackupError(`the data folder ${data} lies inside "${path}", so no backup can`);
  }
}

async function resolveExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || dirname(path) === path) {
      throw new BackupError(`${path} can't be used (${code})`, { cause: error });
    }
    return join(await resolveExisting(dirname(path)), basename(path));
  }
}

function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === "" || (!isAbsolute(way) && way.split("/")[0] !== "..");
}

async function makeFolder(path: string): Promise<void> {
  try {
    const firstMade = await mkdir(path, { recursive: true, mode: 0o700 });
    for (let made = path; firstMade !== undefined; made = dirname(made)) {
      await syncFolder(dirname(made));
      if (made === firstMade) {
        break;
      }
    }
    if (!(await stat(path)).isDirectory()) {
      throw new BackupError(`${path} is a file; a backup is a folder`);
    }
  } catch (error) {
    if (error instanceof BackupError) {
      throw error;
    }
    const { code } = error as NodeJS.ErrnoException;
    throw new BackupError(`${path} can't be made (${code})`, { cause: error });
  }
}

/** What a run that died before it wrote the marker leaves is harmless, and so is what mkfs leaves. */
const HARMLESS_NAMES: ReadonlySet<string> = new Set([
  ...OWNER_NAMES,
  "moraine-backup.json.tmp",
  "lost+found",
]);

async function refuseForeign(path: string): Promise<void> {
  const foreign = (await readdir(path)).find((name) => !HARMLESS_NAMES.has(name));
  if (foreign !== undefined) {
    throw new BackupError(
      `${path} is neither empty nor an earlier backup: it holds ${JSON.stringify(foreign)}`,
    );
  }
}
