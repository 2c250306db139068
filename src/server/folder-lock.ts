/** One process at a time: the lock of a folder. */
import { open, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { findJsonValue } from "../std/json-file-node.ts";

const LOCK_NAME = "lock.db";
const OWNER_NAME = "lock.json";

/** Files that a lock makes in its folder. */
export const OWNER_NAMES: readonly string[] = [LOCK_NAME, `${LOCK_NAME}-journal`, OWNER_NAME];

export interface FolderLock {
  /** Lets the next process in; a process that dies without it lets go as well. */
  release(): Promise<void>;
}

/** Another process has the folder, or nobody can; the message continues a sentence about the folder. */
export class FolderLockError extends Error {
  override readonly name = "FolderLockError";
  /** Whether another process holds the lock. */
  readonly isBusy: boolean;

  constructor(message: string, isBusy: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isBusy = isBusy;
  }
}

/**
 * Locks held by this process. The set keeps them from being collected as garbage, which would close
 * the database and let go of the lock.
 */
const heldLocks = new Set<DatabaseSync>();

/**
 * Takes the lock: an exclusive transaction on an empty database, held for the life of the process. The kernel
 * lets go of it when the process ends, however it ends. Nothing else in this process may open the file,
 * since closing any descriptor of it would drop the lock (fcntl(2), "Record locks"). Throws `FolderLockError`.
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const lockPath = join(path, LOCK_NAME);
  await createPrivately(lockPath);
  const lock = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) {
      throw new FolderLockError(`cannot be locked (${String(error)})`, false, { cause: error });
    }
    const owner = await describeOwner(path);
    throw new FolderLockError(`is in use by ${owner}`, true, { cause: error });
  }
  heldLocks.add(lock);
  const letGo = () => {
    heldLocks.delete(lock);
    lock.close();
  };
  try {
    await writeOwner(path);
  } catch (error) {
    letGo();
    throw error;
  }
  return {
    release: async () => {
      await rm(join(path, OWNER_NAME), { force: true });
      letGo();
    },
  };
}

/** With `x` an existing file is not opened, and so no lock on it is dropped. */
async function createPrivately(path: string): Promise<void> {
  try {
    await (await open(path, "ax", 0o600)).close();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
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
