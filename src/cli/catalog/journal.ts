/** The journal file of a vault. */
import type { JournalCatalog } from "./catalog.ts";
import type { JournalRecord } from "./journal-record.ts";

/** A journal that is being written; its catalogue follows what is appended. */
export interface Journal extends JournalCatalog {
  readonly path: string;
  /**
   * Adds records, durably and in the order of the calls: resolved means on stable storage. Calls that wait
   * together share one fsync. Throws the file system's error, after which nothing more is taken, and
   * `AssertionError` for a record that could not be read back; then nothing is written. The arguments are
   * those of one function call, so thousands have to be given in several.
   */
  append(...records: readonly JournalRecord[]): Promise<void>;
  /** Waits for what is being written and frees the lock. */
  close(): Promise<void>;
}
