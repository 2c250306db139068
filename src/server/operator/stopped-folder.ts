/** Operator verbs on a data folder that no service uses: loaded by the command line, for `--data-dir`. */
import { stat } from "node:fs/promises";
import {
  type FilesystemBlobs,
  openFilesystemBlobs,
} from "../../adapters/blobs-filesystem/filesystem-blobs.ts";
import { isDamage, openDatabaseCopy } from "../../adapters/metadata-sql/database-copy.ts";
import {
  NewerSchemaError,
  OlderSchemaError,
} from "../../adapters/metadata-sql/migrations/index.ts";
import { openSqliteMetadata } from "../../adapters/metadata-sql/sqlite.ts";
import { EncryptionKeyError } from "../../adapters/secret-cipher/encryption-key.ts";
import { createTextCipher } from "../../adapters/secret-cipher/keyring-ciphers.ts";
import { createSystemClock } from "../../adapters/system-clock/system-clock.ts";
import { checkIntegrity } from "../../engine/integrity/check-integrity.ts";
import type { TellEvent } from "../../http/operator-services.ts";
import { renderProgress } from "../../operations/operator/render-integrity.ts";
import { KeyWrapperError } from "../../ports/key-wrapper.ts";
import type { Logger } from "../../ports/logger.ts";
import { sha256 } from "../../std/hasher-node.ts";
import type { EncryptionSettings } from "../config.ts";
import { type DataFolder, DataFolderError, openExistingDataFolder } from "../data-folder.ts";
import { openKeySettings } from "../encryption.ts";
import { readEncryptionState } from "../encryption-state.ts";
import { type FolderKeys, loadFolderKeys } from "../master-keys.ts";
import { openBackupPlace } from "./backup-place.ts";
import { BackupError } from "./backup-set.ts";
import { createEventReport } from "./operator-services.ts";
import { restoreBackup as restore } from "./restore-backup.ts";
import { chooseNextKey, RotationError, rotateKeys } from "./rotate-keys.ts";
import { writeBackup } from "./write-backup.ts";

/** The folder, the backup or the metadata can't be used; the message says which and why. */
export class StoppedFolderError extends Error {
  override readonly name = "StoppedFolderError";
}

/** Nothing of a run that the command line does not tell by itself. */
const quietLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface CheckRequest {
  readonly dataDir: string;
  readonly encryption: EncryptionSettings;
  readonly rehash: boolean;
  readonly maxBytesPerSecond: number | undefined;
}

/** Tells findings and progress as the operations API does. Throws `StoppedFolderError`. */
export async function checkStoppedFolder(
  request: CheckRequest,
  tell: TellEvent,
  signal: AbortSignal,
): Promise<object> {
  return await inFolder(request.dataDir, async (folder) => {
    const complaints = await listComplaints(folder);
    for (const complaint of complaints) {
      await tell({ Event: "Finding", Kind: "DatabaseDamaged", Text: complaint });
    }
    try {
      const result = await checkFolder(folder, request, tell, signal);
      return { ...result, Findings: result.Findings + complaints.length };
    } catch (error) {
      if (complaints.length > 0 && isDamage(error)) {
        throw new StoppedFolderError(
          `${folder.metadataPath} is too damaged to check archives by it; restore a backup`,
          { cause: error },
        );
      }
      throw error;
    }
  });
}

async function checkFolder(
  folder: DataFolder,
  request: CheckRequest,
  tell: TellEvent,
  signal: AbortSignal,
) {
  const clock = createSystemClock();
  const file = folder.metadataPath;
  const keys = await openExistingKeys(folder, request.encryption);
  const texts = keys && createTextCipher(keys.keyring);
  const metadata = await openSqliteMetadata({ file, logger: quietLogger, keepSchema: true, texts });
  try {
    const blobs = await openBlobs(folder, keys);
    try {
      const pace = { maxBytesPerSecond: request.maxBytesPerSecond, restMs: 0 };
      const options = { rehash: request.rehash, pace, currentBoot: undefined };
      const report = createEventReport(tell, () => clock.nowMs());
      const services = { metadata, blobs, clock, sha256 };
      return renderProgress(await checkIntegrity(services, options, report, signal));
    } finally {
      await blobs.close();
    }
  } finally {
    await metadata.close();
  }
}

/** The keys of a folder that is encrypted: a check turns nothing on. */
async function openExistingKeys(
  folder: DataFolder,
  settings: EncryptionSettings,
): Promise<FolderKeys | undefined> {
  const keys = await loadFolderKeys(folder, openKeySettings(settings));
  return keys?.state === undefined ? undefined : keys;
}

function openBlobs(folder: DataFolder, keys: FolderKeys | undefined): Promise<FilesystemBlobs> {
  const encryption = keys && { keyring: keys.keyring, fromBoot: keys.state?.fromBoot ?? 0 };
  return openFilesystemBlobs({ folder: folder.blobsPath, logger: quietLogger, encryption });
}

export interface StoppedRotationRequest {
  readonly dataDir: string;
  /** The key that the folder has. */
  readonly encryption: EncryptionSettings;
  readonly next: EncryptionSettings;
}

/** Rotates the keys of a folder that nobody uses. Throws `StoppedFolderError`. */
export async function rotateStoppedFolder(
  request: StoppedRotationRequest,
  tell: TellEvent,
  signal: AbortSignal,
): Promise<object> {
  return await inFolder(request.dataDir, async (folder) => {
    const next = chooseNextKey(request.next);
    const keys = await openExistingKeys(folder, await chooseGiven(folder, request));
    const file = folder.metadataPath;
    const texts = keys && createTextCipher(keys.keyring);
    const metadata = await openSqliteMetadata({
      file,
      logger: quietLogger,
      keepSchema: true,
      texts,
    });
    try {
      const blobs = await openBlobs(folder, keys);
      try {
        await blobs.sweepTemporary();
        const { signingKeyPath } = folder;
        return await rotateKeys({ keys, next, metadata, blobs, signingKeyPath, tell }, signal);
      } finally {
        await blobs.close();
      }
    } finally {
      await metadata.close();
    }
  });
}

/** A rotation that was begun goes on with the new key alone. */
async function chooseGiven(
  folder: DataFolder,
  { encryption, next }: StoppedRotationRequest,
): Promise<EncryptionSettings> {
  const state = await readEncryptionState(folder.encryptionStatePath);
  return state?.retiring === undefined ? encryption : next;
}

/** SQLite's own check of the whole file, before anything relies on it. */
async function listComplaints({ metadataPath }: DataFolder): Promise<readonly string[]> {
  try {
    await stat(metadataPath);
    const database = openDatabaseCopy(metadataPath);
    try {
      return database.listComplaints();
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new StoppedFolderError(`${metadataPath} can't be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

export interface StoppedBackupRequest {
  readonly dataDir: string;
  readonly directory: string;
  readonly blobs: boolean;
}

/** Writes a backup of a folder that nobody uses. Throws `StoppedFolderError`. */
export async function backupStoppedFolder(
  request: StoppedBackupRequest,
  tell: TellEvent,
  signal: AbortSignal,
): Promise<object> {
  return await inFolder(request.dataDir, async (folder) => {
    const place = await openBackupPlace(request.directory, folder.path);
    try {
      const { blobs } = request;
      const nowMs = Date.now();
      return await writeBackup({ folder, place, blobs, hold: undefined, nowMs, tell }, signal);
    } finally {
      await place.lock.release();
    }
  });
}

export interface RestoreRequest {
  readonly directory: string;
  readonly dataDir: string;
  readonly withoutBlobs: boolean;
  readonly allowDamaged: boolean;
}

/** Makes a data folder from a backup. Throws `StoppedFolderError`. */
export async function restoreBackup(
  request: RestoreRequest,
  tell: TellEvent,
  signal: AbortSignal,
): Promise<object> {
  return await orRefusal(restore({ ...request, tell }, signal));
}

async function inFolder<T>(path: string, work: (folder: DataFolder) => Promise<T>): Promise<T> {
  const folder = await openOrRefuse(path);
  try {
    return await orRefusal(work(folder));
  } finally {
    await folder.close();
  }
}

async function openOrRefuse(path: string): Promise<DataFolder> {
  try {
    return await openExistingDataFolder(path);
  } catch (error) {
    if (error instanceof DataFolderError) {
      const message = error.message.replace(
        "stop it, or give another --data-dir",
        "to ask the running service, leave --data-dir out and give --admin-url",
      );
      throw new StoppedFolderError(message, { cause: error });
    }
    throw error;
  }
}

async function orRefusal<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isExpected = [
      BackupError,
      EncryptionKeyError,
      KeyWrapperError,
      NewerSchemaError,
      OlderSchemaError,
      RotationError,
    ].some((kind) => error instanceof kind);
    if (isExpected) {
      throw new StoppedFolderError((error as Error).message, { cause: error });
    }
    throw error;
  }
}
