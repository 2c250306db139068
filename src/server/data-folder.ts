/**
 * The data folder: everything that a service on its own keeps. A marker file tells its format, and a lock
 * makes sure that one process at a time uses it. See docs/format.md.
 */

import {
  access,
  constants,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { syncFolder, writeFileDurably } from "../std/durable-file-node.ts";
import { findJsonValue } from "../std/json-file-node.ts";

/** The version of the folder's layout that this version of Moraine reads and writes. */
const FORMAT = 1;
const MARKER_NAME = "moraine-format.json";
const LOCK_NAME = "lock.db";
const OWNER_NAME = "lock.json";

/**
 * What may lie in a folder without a marker: the traces of a start that was cut short before the marker
 * was written, and the folder that mkfs leaves at the top of a file system.
 */
const HARMLESS_NAMES: ReadonlySet<string> = new Set([
  LOCK_NAME,
  `${LOCK_NAME}-journal`,
  OWNER_NAME,
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
  readonly auditPath: string;
  readonly rootCredentialsPath: string;
  /** The key that secrets are sealed with, unless the settings name another file. */
  readonly secretsKeyPath: string;
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
  // Before the lock: nothing may be written into a folder that is not ours.
  await findMarker(folderPath);
  const lock = await takeLock(folderPath);
  try {
    const created = !(await findMarker(folderPath));
    if (created) {
      await writeMarker(folderPath);
    }
    await writeOwner(folderPath);
    return {
      path: folderPath,
      created,
      metadataPath: join(folderPath, "metadata.db"),
      blobsPath: join(folderPath, "blobs"),
      auditPath: join(folderPath, "audit"),
      rootCredentialsPath: join(folderPath, "root-credentials.json"),
      secretsKeyPath: join(folderPath, "secrets.key"),
      close: async () => {
        await rm(join(folderPath, OWNER_NAME), { force: true });
        releaseLock(lock);
      },
    };
  } catch (error) {
    releaseLock(lock);
    throw error;
  }
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

/** Whether the folder has a marker; throws when it belongs to something else or to a newer version. */
async function findMarker(path: string): Promise<boolean> {
  const names = await readdir(path);
  if (!names.includes(MARKER_NAME)) {
    const foreign = names.find((name) => !HARMLESS_NAMES.has(name));
    if (foreign !== undefined) {
      const found = `it holds ${JSON.stringify(foreign)} but no ${MARKER_NAME}`;
      throw refusal(path, `is neither empty nor a data folder of Moraine: ${found}`);
    }
    return false;
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
  return true;
}

async function writeMarker(path: string): Promise<void> {
  const text = `${JSON.stringify({ software: "moraine", format: FORMAT })}\n`;
  await writeFileDurably(join(path, MARKER_NAME), text, 0o600);
}

/**
 * Locks held by this process. The set keeps them from being collected as garbage, which would close
 * the database and let go of the lock.
 */
const heldLocks = new Set<DatabaseSync>();

/**
 * The lock is an exclusive transaction on an empty database, held for the life of the process: the kernel
 * lets go of it when the process ends, however it ends. Nothing else in this process may open the file,
 * since closing any descriptor of it would drop the lock (fcntl(2), "Record locks").
 */
async function takeLock(path: string): Promise<DatabaseSync> {
  const lockPath = join(path, LOCK_NAME);
  await createPrivately(lockPath);
  const lock = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) {
      throw refusal(path, `cannot be locked (${String(error)})`, error);
    }
    const owner = await describeOwner(path);
    throw refusal(path, `is in use by ${owner}; stop it, or give another --data-dir`, error);
  }
  heldLocks.add(lock);
  return lock;
}

function releaseLock(lock: DatabaseSync): void {
  heldLocks.delete(lock);
  lock.close();
}

/** With `x` an existing file is not opened, and so no lock on it is dropped. */
async function createPrivately(path: string): Promise<void> {
  try {
    await (await open(path, "ax", 0o600)).close();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") {
      throw error;
    }
  }
}

/** SQLITE_BUSY in the low byte: another connection holds the lock. */
function isBusy(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" && (code & 0xff) === 5;
}

const ownerSchema = z.object({ pid: z.int(), host: z.string(), startedAt: z.string() });

/** Tells who holds the lock; for messages only, so it need not survive anything. */
async function writeOwner(path: string): Promise<void> {
  const owner = { pid: process.pid, host: hostname(), startedAt: new Date().toISOString() };
  const ownerPath = join(path, OWNER_NAME);
  // Made anew, it can't be a link that leads to another file.
  await rm(ownerPath, { force: true });
  await writeFile(ownerPath, `${JSON.stringify(owner)}\n`, { mode: 0o600, flag: "wx" });
}

async function describeOwner(path: string): Promise<string> {
  const text = await readFile(join(path, OWNER_NAME), "utf8").catch(() => "");
  const owner = ownerSchema.safeParse(findJsonValue(text));
  if (!owner.success) {
    return "another process";
  }
  const { pid, host, startedAt } = owner.data;
  return `process ${pid} on ${host}, started ${startedAt}`;
}

function refusal(path: string, why: string, cause?: unknown): DataFolderError {
  return new DataFolderError(`data folder ${path} ${why}`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
