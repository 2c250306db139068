/** Makes a data folder from a backup: whole under a temporary name beside it, then renamed into place. */
import { copyFile, mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type BlobReplica,
  isWholeBlob,
  openBlobReplica,
} from "../../adapters/blobs-filesystem/blob-replica.ts";
import {
  type DatabaseCopy,
  type NamedBlob,
  openDatabaseCopy,
} from "../../adapters/metadata-sql/database-copy.ts";
import type { TellEvent } from "../../http/operator-services.ts";
import { syncFolder } from "../../std/durable-file-node.ts";
import { FolderLockError, lockFolder } from "../folder-lock.ts";
import {
  BackupError,
  type BackupState,
  BLOBS_NAME,
  findBackupState,
  METADATA_NAME,
} from "./backup-set.ts";

export interface RestoreOptions {
  /** The backup. */
  readonly directory: string;
  /** The data folder to make; it must be missing or empty. */
  readonly dataDir: string;
  /** Makes a folder without blobs from a backup without them. */
  readonly withoutBlobs: boolean;
  /** Goes on although blobs are missing. */
  readonly allowDamaged: boolean;
  readonly tell: TellEvent;
}

export interface RestoreResult {
  readonly DataDir: string;
  readonly CreatedAt: string;
  readonly BlobCount: number;
  readonly BlobBytes: number;
  readonly DamagedBlobs: number;
  readonly Notes: readonly string[];
}

const BLOBS_AT_ONCE = 8;
const DAMAGED_SHOWN_MAX = 10;

/**
 * Resolves when the data folder is there, durably. Throws `BackupError`; then there is no data folder. A crash
 * leaves a folder `<data folder>.restoring-…`, which can be removed.
 */
export async function restoreBackup(
  options: RestoreOptions,
  signal: AbortSignal,
): Promise<RestoreResult> {
  const directory = resolve(options.directory);
  const target = resolve(options.dataDir);
  await refuseTaken(target);
  const state = await getState(directory, options);
  const lock = await takeLock(directory);
  try {
    await mkdir(dirname(target), { recursive: true });
    const folder = await mkdtemp(`${target}.restoring-`);
    try {
      const sums = await fillFolder({ ...options, directory, folder, state }, signal);
      await refuseTaken(target);
      await rename(folder, target);
      await syncFolder(dirname(target));
      return {
        DataDir: target,
        CreatedAt: state.createdAt,
        ...sums,
        Notes: listNotes(state),
      };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  } finally {
    await lock.release();
  }
}

async function refuseTaken(target: string): Promise<void> {
  try {
    const [first] = await readdir(target);
    if (first !== undefined) {
      throw new BackupError(
        `${target} must be missing or empty to become a data folder; it holds ${JSON.stringify(first)}`,
      );
    }
  } catch (error) {
    if (error instanceof BackupError) {
      throw error;
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") {
      throw new BackupError(`${target} can't become a data folder (${code})`, { cause: error });
    }
  }
}

async function getState(directory: string, options: RestoreOptions): Promise<BackupState> {
  const state = await findBackupState(directory);
  if (state === undefined) {
    throw new BackupError(`${directory} is no backup: it has no moraine-backup.json`);
  }
  if (state === null) {
    throw new BackupError(`${directory} holds a backup that was never finished`);
  }
  if (!state.blobs && !options.withoutBlobs) {
    throw new BackupError(
      `${directory} is a backup of the metadata alone; give --without-blobs, and put the folder` +
        " blobs into the new data folder before you start a service on it",
    );
  }
  return state;
}

/** A backup that is being written changes under the reader. */
async function takeLock(directory: string) {
  try {
    return await lockFolder(directory);
  } catch (error) {
    if (error instanceof FolderLockError) {
      throw new BackupError(`${directory} ${error.message}`, { cause: error });
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EROFS" || code === "EACCES") {
      // Nobody writes there.
      return { release: async () => undefined };
    }
    throw error;
  }
}

interface Filling extends RestoreOptions {
  readonly folder: string;
  readonly state: BackupState;
}

async function fillFolder(filling: Filling, signal: AbortSignal) {
  const { directory, folder, state } = filling;
  const stateFolder = join(directory, state.folder);
  await filling.tell({ Event: "Progress", Phase: "metadata" });
  for (const name of [METADATA_NAME, ...state.files]) {
    await copyWhole(join(stateFolder, name), join(folder, name));
  }
  const copy = openDatabaseCopy(join(folder, METADATA_NAME));
  try {
    const [complaint] = copy.listComplaints();
    if (complaint !== undefined) {
      throw new BackupError(`the metadata of the backup are damaged: ${complaint}`);
    }
    const sums = state.blobs
      ? await fillBlobs(filling, copy, signal)
      : { BlobCount: 0, BlobBytes: 0, DamagedBlobs: 0 };
    await syncFolder(folder);
    return sums;
  } finally {
    copy.close();
  }
}

async function copyWhole(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BackupError(`${from} can't be restored (${code})`, { cause: error });
  }
  const file = await open(to, "r+");
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies, not links: the new folder must not share the fate of the backup's bytes. */
async function fillBlobs(filling: Filling, copy: DatabaseCopy, signal: AbortSignal) {
  const replica = await openBlobReplica({
    from: join(filling.directory, BLOBS_NAME),
    to: join(filling.folder, BLOBS_NAME),
    mayLink: false,
  });
  const sums = { BlobCount: 0, BlobBytes: 0, DamagedBlobs: 0 };
  const damaged: string[] = [];
  for (const page of copy.listBlobs()) {
    for (let index = 0; index < page.length; index += BLOBS_AT_ONCE) {
      signal.throwIfAborted();
      const blobs = page.slice(index, index + BLOBS_AT_ONCE);
      const outcomes = await Promise.all(blobs.map((blob) => bringIn(replica, blob)));
      for (const [place, blob] of blobs.entries()) {
        if (outcomes[place] === true) {
          sums.BlobCount += 1;
          sums.BlobBytes += blob.sizeBytes;
        } else {
          sums.DamagedBlobs += 1;
          damaged.push(...(damaged.length < DAMAGED_SHOWN_MAX ? [blob.blobId] : []));
        }
      }
    }
    await filling.tell({
      Event: "Progress",
      Phase: "blobs",
      Blobs: sums.BlobCount + sums.DamagedBlobs,
      Bytes: sums.BlobBytes,
    });
    await nextTurn();
  }
  if (sums.DamagedBlobs > 0 && !filling.allowDamaged) {
    throw new BackupError(
      `the backup lacks ${sums.DamagedBlobs} blobs that its metadata name (${damaged.join(", ")}); give` +
        " --allow-damaged to restore the rest",
    );
  }
  await replica.setBoot(filling.state.lastBoot);
  await replica.sync();
  return sums;
}

/** Whether the new folder has the blob now; a small one came with the metadata. */
async function bringIn(replica: BlobReplica, blob: NamedBlob): Promise<boolean> {
  if (blob.row !== undefined) {
    return isWholeBlob(blob, blob.row);
  }
  const outcome = await replica.add(blob);
  return outcome === "copied" || outcome === "present";
}

function listNotes({ files, blobs }: BackupState): readonly string[] {
  return [
    ...(files.includes("secrets.key")
      ? []
      : ["Start the service with the encryption-key-file that it had."]),
    ...(files.includes("root-credentials.json")
      ? []
      : ["Start the service with the root credentials that it had."]),
    ...(blobs
      ? []
      : [`Put the folder ${basename(BLOBS_NAME)} into it before you start a service.`]),
  ];
}
