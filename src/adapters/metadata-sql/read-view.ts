/**
 * What reads outside of transactions see: what is committed and durable, as one view for all reads of a turn of the
 * event loop. The database is asked once for the view, which takes its lock, and the answers of some reads are kept
 * as long as the view stays the same. Whether it does, the database tells: `PRAGMA data_version` is another number
 * after each commit of any other connection or process (https://www.sqlite.org/pragma.html#pragma_data_version),
 * and the open transaction keeps what it tells true. So there is no rule that a way of writing could forget.
 */
import type { DatabaseSync } from "node:sqlite";

/** Answers kept; those of a vault with its policies are the largest, about 50 KiB. */
const ANSWERS_MAX = 1_000;

export class ReadView {
  readonly #reader: DatabaseSync;
  readonly #begin: () => void;
  readonly #end: () => void;
  readonly #findVersion: () => number;
  #isHeld = false;
  #version = -1;
  #answers = new Map<string, Promise<unknown>>();

  /** `reader` never writes, and nobody else begins a transaction on it. */
  constructor(reader: DatabaseSync) {
    this.#reader = reader;
    const begin = reader.prepare("BEGIN");
    const end = reader.prepare("COMMIT");
    const version = reader.prepare("PRAGMA data_version");
    this.#begin = () => void begin.run();
    this.#end = () => void end.run();
    this.#findVersion = () => Number(version.get()?.["data_version"]);
  }

  /** From here to `release`, reads see what is committed now, and nothing later. Throws the database's error. */
  hold(): void {
    this.#close();
    this.#open();
    this.#isHeld = true;
  }

  /** Reads see everything that is committed. */
  release(): void {
    this.#isHeld = false;
    this.#close();
  }

  /** The next query sees what all reads of this turn see, but for a commit between. Throws the database's error. */
  enter(): void {
    if (!this.#reader.isTransaction) {
      this.#open();
      setImmediate(() => this.#endTurn());
    }
  }

  /**
   * What `read` gives, or gave for the same `key` in the same view. It must be one query, and whoever gets the answer
   * must leave it as it is. Rejects as `read` does, and asks again the next time.
   */
  remember<T>(key: string, read: () => Promise<T>): Promise<T> {
    this.enter();
    const answers = this.#answers;
    // What was kept for a key came from the same call.
    const known = answers.get(key) as Promise<T> | undefined;
    if (known !== undefined) {
      return known;
    }
    const answer = read();
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    if (answers.size > ANSWERS_MAX) {
      forgetOldest(answers);
    }
    return answer;
  }

  #open(): void {
    this.#begin();
    try {
      // The first query of a transaction decides what it sees.
      const version = this.#findVersion();
      if (version !== this.#version) {
        this.#version = version;
        this.#answers = new Map();
      }
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  #close(): void {
    if (this.#reader.isTransaction) {
      this.#end();
    }
  }

  #endTurn(): void {
    if (!this.#isHeld && this.#reader.isOpen) {
      this.#close();
    }
  }
}

/** A map keeps the order of insertion. */
function forgetOldest(answers: Map<string, unknown>): void {
  for (const key of answers.keys()) {
    answers.delete(key);
    return;
  }
}
