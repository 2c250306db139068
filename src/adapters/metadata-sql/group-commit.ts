/**
 * Group commit: transactions that wait at the same time share one commit, and so one fsync. They run one
 * after another, each under a savepoint of its own, so that one that throws takes back only itself.
 * Nobody learns a result before the commit succeeded.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { assert } from "../../std/assert.ts";

/** Bounds how long one commit makes its first transaction wait, and how long the event loop is held. */
export const GROUP_MAX = 64;

/** The transaction statements of the one writing connection; each throws the database's error. */
export interface WriterConnection {
  begin(): void;
  savepoint(): void;
  releaseSavepoint(): void;
  /** Takes back everything since `savepoint` and ends it. */
  rollbackSavepoint(): void;
  commit(): void;
  rollback(): void;
  /** False after errors that made the database roll back everything by itself (full disk, I/O error). */
  isInTransaction(): boolean;
}

interface Waiting {
  /** Runs the transaction's function and keeps what it returned. */
  readonly run: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly #connection: WriterConnection;
  readonly #onFailure: (error: unknown, transactions: number) => void;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #closed = false;

  /** `onFailure` hears of each failed commit and of how many transactions it took back. */
  constructor(
    connection: WriterConnection,
    onFailure: (error: unknown, transactions: number) => void,
  ) {
    this.#connection = connection;
    this.#onFailure = onFailure;
  }

  /** Runs `work` in its turn; resolves with its result once that is durable. */
  run<T>(work: () => Promise<T>): Promise<T> {
    assert(!this.#closed, "the metadata is closed; no transaction can start");
    return new Promise<T>((resolve, reject) => {
      let result: { readonly value: T } | undefined;
      this.#waiting.push({
        run: async () => {
          result = { value: await work() };
        },
        resolve: () => {
          assert(result !== undefined, "a transaction was committed without having run");
          resolve(result.value);
        },
        reject,
      });
      this.#working ??= this.#work();
    });
  }

  /** Refuses further transactions and resolves when those that wait have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      // A turn of the event loop gathers what arrives together and lets sockets and reads have theirs.
      await nextTurn();
      await this.#runGroup();
    }
    this.#working = undefined;
  }

  async #runGroup(): Promise<void> {
    const group = this.#waiting.splice(0, GROUP_MAX);
    const done: Waiting[] = [];
    try {
      this.#connection.begin();
      for (const transaction of group) {
        if (await this.#runOne(transaction)) {
          done.push(transaction);
        }
      }
      this.#connection.commit();
    } catch (error) {
      this.#fail(group, error);
      return;
    }
    for (const transaction of done) {
      transaction.resolve();
    }
  }

  /** Whether the transaction's changes stand; throws when the whole group is lost. */
  async #runOne(transaction: Waiting): Promise<boolean> {
    this.#connection.savepoint();
    try {
      await transaction.run();
    } catch (error) {
      transaction.reject(error);
      if (!this.#connection.isInTransaction()) {
        throw error;
      }
      this.#connection.rollbackSavepoint();
      return false;
    }
    this.#connection.releaseSavepoint();
    return true;
  }

  /** Rejects the whole group; those that were rejected with an error of their own keep that one. */
  #fail(group: readonly Waiting[], error: unknown): void {
    if (this.#connection.isInTransaction()) {
      this.#rollback();
    }
    for (const transaction of group) {
      transaction.reject(error);
    }
    this.#onFailure(error, group.length);
  }

  #rollback(): void {
    try {
      this.#connection.rollback();
    } catch (error) {
      // What the group failed with is told to its callers; the next `begin` fails if this one lasts.
      this.#onFailure(error, 0);
    }
  }
}
