/** Operator verbs on a data folder that no service uses: loaded by the command line, for `--data-dir`. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { BlobEncryption } from "../../adapters/blobs-filesystem/blob-cipher.ts";
import { openFilesystemBlobs } from "../../adapters/blobs-filesystem/filesystem-blobs.ts";
import { createSmallBlobForm } from "../../adapters/blobs-filesystem/small-blob-form.ts";
import { createRotatableSmallBlobs } from "../../adapters/blobs-small/small-blobs.ts";
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
import { createPace } from "../../engine/integrity/pace.ts";
import { detachMirror } from "../../engine/scrub/fill-mirror.ts";
import { createHealer } from "../../engine/scrub/healer.ts";
import { repairBlobs } from "../../engine/scrub/repair-blobs.ts";
import type { TellEvent } from "../../http/operator-services.ts";
import { listDamages } from "../../operations/operator/list-damages.ts";
import { renderRepairs, type ShownDamage } from "../../operations/operator/render-damage.ts";
import { renderProgress } from "../../operations/operator/render-integrity.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KeyRotation } from "../../ports/key-rotation.ts";
import { KeyWrapperError } from "../../ports/key-wrapper.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { type DataFolder, DataFolderError, openExistingDataFolder } from "../data-folder.ts";
import { openKeySettings } from "../encryption.ts";
import { readEncryptionState } from "../encryption-state.ts";
import { type FolderKeys, loadFolderKeys, readKeyFile } from "../master-keys.ts";
import type { EncryptionSettings } from "../settings.ts";
import { openBackupPlace } from "./backup-place.ts";
import { BackupError } from "./backup-set.ts";
import { createEventReport } from "./operator-services.ts";
import { createRepairReport } from "./repair-report.ts";
import { openRepairSource, RepairSourceError } from "./repair-source.ts";
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
  const keys = await openExistingKeys(folder, request.encryption);
  return await inStores(folder, keys, async ({ metadata, blobs, clock }) => {
    const pace = { maxBytesPerSecond: request.maxBytesPerSecond, restMs: 0 };
    const options = { rehash: request.rehash, pace, currentBoot: undefined };
    const report = createEventReport(tell, () => clock.nowMs());
    const services = { metadata, blobs, clock, sha256 };
    const progress = await checkIntegrity(services, options, report, signal);
    return { ...renderProgress(progress), Notes: await listUnchecked(metadata) };
  });
}

/** What a look at the data folder alone leaves out. */
async function listUnchecked({ scrub }: MetadataStore): Promise<readonly string[]> {
  const known = await scrub.findWalk("fill");
  return known === undefined
    ? []
    : [
        `Mirror ${known.target} was not checked: the running service compares both copies, and` +
          " --repair-from takes blobs from a mirror.",
      ];
}

interface OpenStores {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore & KeyRotation;
  readonly clock: Clock;
}

/** The schema stays as it is. */
async function inStores<T>(
  folder: DataFolder,
  keys: FolderKeys | undefined,
  work: (stores: OpenStores) => Promise<T>,
): Promise<T> {
  const clock = createSystemClock();
  const file = folder.metadataPath;
  const texts = keys && createTextCipher(keys.keyring);
  const metadata = await openSqliteMetadata({ file, logger: quietLogger, keepSchema: true, texts });
  try {
    const encryption = encryptionOf(keys);
    const logger = quietLogger;
    const files = await openFilesystemBlobs({ folder: folder.blobsPath, logger, encryption });
    const form = createSmallBlobForm(encryption);
    const blobs = createRotatableSmallBlobs({ metadata, form, files, logger });
    try {
      return await work({ metadata, blobs, clock });
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

function encryptionOf(keys: FolderKeys | undefined): BlobEncryption | undefined {
  return keys && { keyring: keys.keyring, fromBoot: keys.state?.fromBoot ?? 0 };
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
    const { signingKeyPath } = folder;
    return await inStores(folder, keys, async ({ metadata, blobs, clock }) => {
      await blobs.sweepTemporary();
      // A mirror is not at hand: its data keys stay under the earlier key, so it has to be filled anew.
      const mirror = keys && (await detachMirror({ metadata, clock }));
      const services = { keys, next, metadata, blobs, signingKeyPath, tell };
      const result = await rotateKeys(services, signal);
      return mirror === undefined
        ? result
        : { ...result, Notes: [...result.Notes, "the mirror is filled again at the next start"] };
    });
  });
}

/** A rotation that was begun goes on with the new key alone, and one that has ended has nothing left to do. */
async function chooseGiven(
  folder: DataFolder,
  { encryption, next }: StoppedRotationRequest,
): Promise<EncryptionSettings> {
  const state = await readEncryptionState(folder.encryptionStatePath);
  if (state?.retiring !== undefined) {
    return next;
  }
  const { keyFile } = next;
  const hasEnded =
    keyFile !== undefined && (await readKeyFile(keyFile)).record.keyId === state?.current.keyId;
  return hasEnded ? next : encryption;
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

export interface RepairFolderRequest {
  readonly dataDir: string;
  readonly encryption: EncryptionSettings;
  readonly from: string;
  readonly knownOnly: boolean;
  readonly maxBytesPerSecond: number | undefined;
}

/** Tells what was put back and what could not be, as the operations API does. Throws `StoppedFolderError`. */
export async function repairStoppedFolder(
  request: RepairFolderRequest,
  tell: TellEvent,
  signal: AbortSignal,
): Promise<object> {
  return await inFolder(request.dataDir, async (folder) => {
    const from = request.from.startsWith("s3://") ? request.from : resolve(request.from);
    const keys = await openExistingKeys(folder, request.encryption);
    const encryption = encryptionOf(keys);
    const origin = { from, folder, encryption, s3Endpoint: undefined, logger: quietLogger };
    const source = await openRepairSource(origin);
    try {
      return await inStores(folder, keys, async ({ metadata, blobs, clock }) => {
        // What a run that was killed left of a blob would be in the way of the same blob.
        await blobs.sweepTemporary();
        const copies = [{ name: "primary", blobs }];
        const logging = { logger: quietLogger, metrics: { copyRepaired() {} } };
        const healer = createHealer({ metadata, copies, clock, sha256, ...logging });
        const rate = { maxBytesPerSecond: request.maxBytesPerSecond, restMs: 0 };
        const services = { metadata, healer, source, pace: createPace(clock, rate, signal) };
        const report = createRepairReport(tell, () => clock.nowMs());
        const sums = await repairBlobs(services, request.knownOnly, report);
        return { ...renderRepairs(sums), Notes: await listUnchecked(metadata) };
      });
    } finally {
      await source.close();
    }
  });
}

export interface ListDamagesRequest {
  readonly dataDir: string;
  readonly encryption: EncryptionSettings;
  /** Of repaired damage, or else of damage that is still there. */
  readonly repaired: boolean;
}

/** Every damage that the service knew when it stopped, each as `GET /admin/v1/damages` shows it. */
export async function listDamagesOfStoppedFolder(
  request: ListDamagesRequest,
  told: (damage: ShownDamage) => void,
): Promise<void> {
  const repaired = String(request.repaired);
  await inFolder(request.dataDir, async (folder) => {
    const keys = await openExistingKeys(folder, request.encryption);
    await inStores(folder, keys, async ({ metadata }) => {
      let marker: string | null = null;
      do {
        const page = await listDamages({ marker, repaired }, { metadata });
        page.Damages.forEach(told);
        marker = page.Marker;
      } while (marker !== null);
    });
  });
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
      RepairSourceError,
      RotationError,
    ].some((kind) => error instanceof kind);
    if (isExpected) {
      throw new StoppedFolderError((error as Error).message, { cause: error });
    }
    throw error;
  }
}
