/**
 * The data folder: everything that a service on its own keeps. A marker file tells its format, and a lock
 * makes sure that one process at a time uses it. See docs/format.md.
 */

import { access, constants, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { syncFolder, writeFileDurably } from "../std/durable-file-node.ts";
import { findJsonValue } from "../std/json-file-node.ts";
import { type FolderLock, FolderLockError, lockFolder, OWNER_NAMES } from "./folder-lock.ts";

/** What programs have to know of to use a folder. */
interface FolderTraits {
  readonly isEncrypted: boolean;
  /** Small blobs may be rows of the metadata. */
  readonly hasRows: boolean;
}

/**
 * Formats by traits, 1 for a folder with neither. A folder gets a later format with each trait: programs that know
 * nothing of it refuse the folder then.
 */
const FORMATS: readonly FolderTraits[] = [
  { isEncrypted: false, hasRows: false },
  { isEncrypted: true, hasRows: false },
  { isEncrypted: false, hasRows: true },
  { isEncrypted: true, hasRows: true },
];
/** The latest format that this version of Moraine reads and writes. */
const FORMAT = FORMATS.length;
const MARKER_NAME = "moraine-format.json";

/**
 * What may lie in a folder without a marker: the traces of a start that was cut short before the marker
 * was written, and the folder that mkfs leaves at the top of a file system.
 */
const HARMLESS_NAMES: ReadonlySet<string> = new Set([
  ...OWNER_NAMES,
  `${MARKER_NAME}.tmp`,
  "lost+found",
]);

/** A data folder that this process owns until `close`. Paths are absolute. */
export interface DataFolder {
  readonly path: string;
  /** Whether this call made a new data folder. */
  readonly created: boolean;
  readonly metadataPath: string;
  readonly blobsPath: string;
  /** The buckets that results of select jobs go to, unless another service keeps them. */
  readonly bucketsPath: string;
  readonly auditPath: string;
  readonly rootCredentialsPath: string;
  /** The key that secrets are sealed with, unless the settings name another file. */
  readonly secretsKeyPath: string;
  /** Tells that blobs are encrypted, and with which key; missing in a folder that is not. */
  readonly encryptionStatePath: string;
  /** Whether it had the format of encrypted folders when it was opened. */
  readonly isEncrypted: boolean;
  readonly signingKeyPath: string;
  /** Gives the folder the format of encrypted ones, durably. */
  markEncrypted(): Promise<void>;
  /** Gives the folder the format of those with small blobs in rows, durably; before the first of them is stored. */
  markRows(): Promise<void>;
  /** Lets the next process in; a process that dies without it lets go as well. */
  close(): Promise<void>;
}

/** The folder cannot be used; the message says which, why and what to do. */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
}

/**
 * Opens the data folder at `path` for this process alone, making it when it is missing (mode 0700) or
 * empty. Throws `DataFolderError` when the path is not a folder, not writable, holds something else, was
 * written by a newer version, or is in use by another process.
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const folderPath = resolve(path);
  await makeFolder(folderPath);
  return await lockDataFolder(folderPath);
}

/** Like `openDataFolder`, but refuses a folder that no service has ever used, and makes nothing. */
export async function openExistingDataFolder(path: string): Promise<DataFolder> {
  const folderPath = resolve(path);
  try {
    await access(folderPath, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refusal(folderPath, `is not there or not usable (${codeOf(error)})`, error);
  }
  if (!(await stat(folderPath)).isDirectory() || (await findMarker(folderPath)) === undefined) {
    throw refusal(folderPath, `is no data folder of Moraine: it has no ${MARKER_NAME}`);
  }
  return await lockDataFolder(folderPath);
}

async function lockDataFolder(folderPath: string): Promise<DataFolder> {
  // Before the lock: nothing may be written into a folder that is not ours.
  await findMarker(folderPath);
  const lock = await takeLock(folderPath);
  try {
    const format = await findMarker(folderPath);
    const created = format === undefined;
    if (created) {
      await writeMarker(folderPath, 1);
    }
    let traits = FORMATS[(format ?? 1) - 1] ?? { isEncrypted: false, hasRows: false };
    const { isEncrypted } = traits;
    const mark = async (trait: Partial<FolderTraits>): Promise<void> => {
      const wanted = { ...traits, ...trait };
      if (formatOf(wanted) !== formatOf(traits)) {
        await writeMarker(folderPath, formatOf(wanted));
        traits = wanted;
      }
    };
    return {
      path: folderPath,
      created,
      metadataPath: join(folderPath, "metadata.db"),
      blobsPath: join(folderPath, "blobs"),
      bucketsPath: join(folderPath, "buckets"),
      auditPath: join(folderPath, "audit"),
      rootCredentialsPath: join(folderPath, "root-credentials.json"),
      secretsKeyPath: join(folderPath, "secrets.key"),
      encryptionStatePath: join(folderPath, "encryption.json"),
      isEncrypted,
      signingKeyPath: join(folderPath, "notification-signing.json"),
      markEncrypted: () => mark({ isEncrypted: true }),
      markRows: () => mark({ hasRows: true }),
      close: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function formatOf({ isEncrypted, hasRows }: FolderTraits): number {
  return 1 + FORMATS.findIndex((it) => it.isEncrypted === isEncrypted && it.hasRows === hasRows);
}

async function makeFolder(path: string): Promise<void> {
  try {
    const firstMade = await mkdir(path, { recursive: true, mode: 0o700 });
    // Each new folder is an entry of the one above it, which has to be durable too.
    for (let made = path; firstMade !== undefined; made = dirname(made)) {
      await syncFolder(dirname(made));
      if (made === firstMade) {
        break;
      }
    }
  } catch (error) {
    throw refusal(path, `cannot be made (${codeOf(error)})`, error);
  }
  if (!(await stat(path)).isDirectory()) {
    throw refusal(path, "is a file");
  }
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refusal(path, `is not readable and writable by this process (${codeOf(error)})`, error);
  }
}

const markerSchema = z.object({ software: z.literal("moraine"), format: z.int().positive() });

/**
 * The format in the folder's marker, `undefined` without one; throws when it belongs to something else or to a
 * newer version.
 */
async function findMarker(path: string): Promise<number | undefined> {
  const names = await readdir(path);
  if (!names.includes(MARKER_NAME)) {
    const foreign = names.find((name) => !HARMLESS_NAMES.has(name));
    if (foreign !== undefined) {
      const found = `it holds ${JSON.stringify(foreign)} but no ${MARKER_NAME}`;
      throw refusal(path, `is neither empty nor a data folder of Moraine: ${found}`);
    }
    return undefined;
  }
  const marker = markerSchema.safeParse(
    findJsonValue(await readFile(join(path, MARKER_NAME), "utf8")),
  );
  if (!marker.success) {
    throw refusal(path, `has a damaged ${MARKER_NAME}; restore it from a backup`);
  }
  const { format } = marker.data;
  if (format > FORMAT) {
    const versions = `format ${format}, this version reads up to ${FORMAT}`;
    throw refusal(
      path,
      `was written by a newer version of Moraine (${versions}); use that version`,
    );
  }
  return format;
}

async function writeMarker(path: string, format: number): Promise<void> {
  const text = `${JSON.stringify({ software: "moraine", format })}\n`;
  await writeFileDurably(join(path, MARKER_NAME), text, 0o600);
}

/** Throws `DataFolderError`. */
async function takeLock(path: string): Promise<FolderLock> {
  try {
    return await lockFolder(path);
  } catch (error) {
    if (!(error instanceof FolderLockError)) {
      throw error;
    }
    const advice = error.isBusy ? "; stop it, or give another --data-dir" : "";
    throw refusal(path, `${error.message}${advice}`, error);
  }
}

function refusal(path: string, why: string, cause?: unknown): DataFolderError {
  return new DataFolderError(`data folder ${path} ${why}`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
