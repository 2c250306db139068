/**
 * The write-ahead log of a database whose commits do not wait for the disk (`synchronous=NORMAL`): it is synced by
 * a thread, once for all transactions of a group, while the event loop serves others. SQLite itself still syncs
 * whatever order asks for: the head of a log that begins anew, the log before a page of it is copied into the file,
 * and the file before the log is used again (https://www.sqlite.org/pragma.html#pragma_synchronous), so that a
 * power cut takes back commits from the end, at most those after the last sync, and never damages anything.
 */
import { close, fdatasync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import type { Logger } from "../../ports/logger.ts";
import type { Checkpointer } from "./checkpointer.ts";
import type { CommitLog } from "./commit-log.ts";
import type { ReadView } from "./read-view.ts";

/** Makes the content of an open file durable, or rejects. */
export type SyncFile = (descriptor: number) => Promise<void>;

export const syncFile: SyncFile = promisify(fdatasync);

/** Rows changed between two checkpoints: a small archive changes four, which are about five pages of the log. */
const ROWS_PER_CHECKPOINT = 4_000;
/** A log of more pages is emptied before more is written: 64 MiB. Commits wait some milliseconds for it. */
const LOG_MAX_PAGES = 16_384;

export interface WriteAheadLogOptions {
  /** Of the database; the log lies beside it. */
  readonly file: string;
  readonly writer: DatabaseSync;
  /** Of the connection that reads. */
  readonly view: ReadView;
  readonly checkpointer: Checkpointer;
  readonly logger: Logger;
  readonly sync: SyncFile;
}

export class WriteAheadLog implements CommitLog {
  readonly #sync: SyncFile;
  readonly #checkpointer: Checkpointer;
  readonly #logger: Logger;
  /** Of our own: SQLite lends none. It locks nothing through the log, so that closing this one frees no lock. */
  readonly #descriptor: number;
  /** Rows that any connection of this process has changed. */
  readonly #countChanges: () => number;
  #changesElsewhere = 0;
  readonly #view: ReadView;
  #checkpointedChanges: number;
  /** None before the first sync, which is about what was there already. */
  #syncedChanges = -1;
  #mustEmpty = false;

  /** The log must be there, which it is as soon as the database was read. Throws the file system's error. */
  constructor({ file, writer, view, checkpointer, logger, sync }: WriteAheadLogOptions) {
    this.#sync = sync;
    this.#checkpointer = checkpointer;
    this.#logger = logger;
    this.#descriptor = openSync(`${file}-wal`, "r+");
    const changes = writer.prepare("SELECT total_changes() AS changes");
    this.#countChanges = () => Number(changes.get()?.["changes"]) + this.#changesElsewhere;
    this.#checkpointedChanges = this.#countChanges();
    this.#view = view;
  }

  makeRoom(): Promise<void> | undefined {
    if (this.#mustEmpty) {
      return this.#checkpoint();
    }
    if (this.#countChanges() - this.#checkpointedChanges >= ROWS_PER_CHECKPOINT) {
      void this.#checkpoint();
    }
    return undefined;
  }

  hold(): void {
    this.#view.hold();
  }

  /** A group that changed nothing wrote nothing. */
  async sync(): Promise<void> {
    const changes = this.#countChanges();
    if (changes !== this.#syncedChanges) {
      await this.#sync(this.#descriptor);
      this.#syncedChanges = changes;
    }
  }

  noteCommit(rows: number, isDurable: boolean): void {
    this.#changesElsewhere += rows;
    if (isDurable) {
      // Everything before was synced: a group begins when the one before has ended.
      this.#syncedChanges += rows;
    }
  }

  release(): void {
    this.#view.release();
  }

  /** Ends the checkpoints; the database is the caller's to close. */
  async close(): Promise<void> {
    await this.#checkpointer.close();
    await promisify(close)(this.#descriptor);
  }

  /**
   * Beside writers a checkpoint never reaches the end of the log, and only a log that is copied to its end begins
   * anew. So a long log gets one more, with nobody writing. A long read, such as that of a backup, lets it grow.
   */
  async #checkpoint(): Promise<void> {
    const wasLast = this.#mustEmpty;
    this.#mustEmpty = false;
    this.#checkpointedChanges = this.#countChanges();
    const outcome = await this.#checkpointer.run();
    if ("error" in outcome) {
      this.#logger.error(
        { err: outcome.error },
        "the log of the metadata can't be copied into the file",
      );
      return;
    }
    const { logPages, copiedPages } = outcome;
    this.#mustEmpty = !wasLast && logPages > LOG_MAX_PAGES && copiedPages < logPages;
  }
}
