/**
 * The lock of a journal: one process writes at a time. It is SQLite's own lock on a tiny database beside
 * the journal, which is one of the operating system: it goes with its process, whatever ends that, so no
 * lock is ever stale and nothing is guessed from a number of a process. The file stays; removing it would
 * let two processes lock two files of one name.
 */
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../exit-codes.ts";
import { VerbFailure } from "../session/verb-failure.ts";

export interface JournalLock {
  /** Frees it; may be called again. */
  release(): void;
}

/** SQLite's result code for "somebody else has it". */
const SQLITE_BUSY = 5;
/** Longer than another process needs to write its number down. */
const TIMEOUT_MS = 250;

/**
 * Takes the lock of the journal at `journalPath`, which lies in `<journalPath>.lock`. Throws a `VerbFailure`
 * to come again `later` that names the process which has it.
 */
export function lockJournal(journalPath: string): JournalLock {
  const lockPath = `${journalPath}.lock`;
  const database = openLock(lockPath);
  try {
    const holder = acquire(database);
    if (holder !== undefined) {
      throw new VerbFailure(
        EXIT.later,
        `${journalPath} is being written by another run of moraine, process ${holder}.` +
          " Run this again when that has ended, or end it: what it did is kept.",
      );
    }
    return { release: () => (database.isOpen ? database.close() : undefined) };
  } catch (error) {
    database.close();
    throw error instanceof VerbFailure ? error : lockFailure(lockPath, error);
  }
}

function openLock(lockPath: string): DatabaseSync {
  try {
    return new DatabaseSync(lockPath, { timeout: TIMEOUT_MS });
  } catch (error) {
    throw lockFailure(lockPath, error);
  }
}

/**
 * Begins a transaction, which is the lock; readers may still see the number of the process that has it.
 * That number has to be committed before, and another process may come between: then all begins again.
 * The number of the process that has the lock, or `undefined` when it is this one.
 */
function acquire(database: DatabaseSync): number | undefined {
  database.exec("PRAGMA page_size = 512");
  for (;;) {
    try {
      database.exec("BEGIN IMMEDIATE");
    } catch (error) {
      if (isBusy(error)) {
        return holderOf(database);
      }
      throw error;
    }
    if (holderOf(database) === process.pid) {
      return undefined;
    }
    database.exec(`PRAGMA user_version = ${process.pid}; COMMIT`);
  }
}

function holderOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}

function isBusy(error: unknown): boolean {
  // Only SQLite's low byte is the code; the rest says more precisely what happened.
  return (
    error instanceof Error && "errcode" in error && (Number(error.errcode) & 255) === SQLITE_BUSY
  );
}

function lockFailure(lockPath: string, cause: unknown): VerbFailure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VerbFailure(
    EXIT.failed,
    `${lockPath}, the lock of the journal, can't be used: ${reason}. If no moraine runs, remove it.`,
    { cause },
  );
}
