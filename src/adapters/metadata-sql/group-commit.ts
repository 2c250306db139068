/**
 * Group commit: transactions that wait at the same time share one commit, and so one sync. They run one
 * after another, each under a savepoint of its own, so that one that throws takes back only itself. While the
 * commit is on its way to the disk the next ones gather. Small archives that wait are groups of their own, in turn with
 * the others, whose statements run elsewhere. Nobody learns a result, and no read sees a change, before it is durable.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DecideSmallArchive } from "../../ports/small-archives.ts";
import { assert } from "../../std/assert.ts";
import type { AddedGroup, Addition, ArchiveAdder } from "./archive-adder.ts";
import type { CommitLog } from "./commit-log.ts";

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

/** A transaction that has run, and what its caller is going to be told. */
interface Ended {
  readonly tell: () => void;
  /** Tells its caller that the group is lost; one that failed by itself keeps its own error. */
  readonly fail: (error: unknown) => void;
}

export interface GroupCommitEvents {
  /** A commit failed and took back so many transactions. */
  failed(error: unknown, transactions: number): void;
  /**
   * A commit was made and could not be made durable, so that nobody can tell what is: the process has to end, best
   * before this returns. If it goes on, the group fails and so does every later one, and reads stay where they were.
   */
  lost(error: unknown): void;
}

export class GroupCommit {
  readonly #connection: WriterConnection;
  readonly #log: CommitLog;
  readonly #adder: ArchiveAdder;
  readonly #events: GroupCommitEvents;
  readonly #waiting: Waiting[] = [];
  readonly #additions: Addition[] = [];
  #working: Promise<void> | undefined;
  #closed = false;
  #lost: { readonly error: unknown } | undefined;

  constructor(parts: {
    readonly connection: WriterConnection;
    readonly log: CommitLog;
    readonly adder: ArchiveAdder;
    readonly events: GroupCommitEvents;
  }) {
    this.#connection = parts.connection;
    this.#log = parts.log;
    this.#adder = parts.adder;
    this.#events = parts.events;
  }

  /** Runs `work` in its turn; resolves with its result, or rejects with its error, once the group is durable. */
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

  /** See `SmallArchiveStore.add`. */
  add(vaultId: number, decide: DecideSmallArchive): Promise<void> {
    assert(!this.#closed, "the metadata is closed; no archive can be added");
    return new Promise<void>((resolve, reject) => {
      this.#additions.push({ vaultId, decide, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Refuses further transactions and resolves when those that wait have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
    await this.#adder.close();
  }

  async #work(): Promise<void> {
    while (this.#waiting.length + this.#additions.length > 0) {
      await this.#takeTurn(this.#waiting, (group) => this.#runGroup(group));
      await this.#takeTurn(this.#additions, (group) => this.#addGroup(group));
    }
    this.#working = undefined;
  }

  async #takeTurn<T extends Waiting | Addition>(
    waiting: T[],
    run: (group: readonly T[]) => Promise<void>,
  ): Promise<void> {
    if (waiting.length === 0) {
      return;
    }
    // A turn of the event loop gathers what arrives together and lets sockets and reads have theirs.
    await nextTurn();
    await this.#log.makeRoom();
    const group = waiting.splice(0, GROUP_MAX);
    if (this.#lost === undefined) {
      await run(group);
    } else {
      this.#reject(group, this.#lost.error);
    }
  }

  async #runGroup(group: readonly Waiting[]): Promise<void> {
    const ended: Ended[] = [];
    try {
      this.#connection.begin();
      for (const transaction of group) {
        ended.push(await this.#runOne(transaction));
      }
      this.#log.hold();
      this.#connection.commit();
    } catch (error) {
      this.#fail(error, { ended, unended: group.slice(ended.length) });
      return;
    }
    try {
      await this.#log.sync();
    } catch (error) {
      this.#lose(error);
      for (const { fail } of ended) {
        fail(error);
      }
      return;
    }
    this.#log.release();
    for (const { tell } of ended) {
      tell();
    }
  }

  async #addGroup(group: readonly Addition[]): Promise<void> {
    const added = await this.#tryToAdd(group);
    if (added.kind === "lost") {
      this.#lose(added.error);
      this.#reject(group, added.error);
      return;
    }
    this.#log.release();
    if (added.kind === "refused") {
      this.#reject(group, added.error);
      this.#events.failed(added.error, group.length);
      return;
    }
    for (const addition of group) {
      if (added.refusals.has(addition)) {
        addition.reject(added.refusals.get(addition));
      } else {
        addition.resolve();
      }
    }
  }

  /** `committed` is durable here. */
  async #tryToAdd(group: readonly Addition[]): Promise<AddedGroup> {
    let added: AddedGroup;
    try {
      this.#log.hold();
      added = await this.#adder.add(group);
    } catch (error) {
      return { kind: "refused", error };
    }
    if (added.kind === "committed") {
      this.#log.noteCommit(added.rows, added.isDurable);
      try {
        await this.#log.sync();
      } catch (error) {
        return { kind: "lost", error };
      }
    }
    return added;
  }

  /** Throws when the whole group is lost. */
  async #runOne(transaction: Waiting): Promise<Ended> {
    this.#connection.savepoint();
    try {
      await transaction.run();
    } catch (error) {
      // Told later, too: it may be about what another transaction of this group has done.
      const tell = () => transaction.reject(error);
      if (!this.#connection.isInTransaction()) {
        throw error;
      }
      this.#connection.rollbackSavepoint();
      return { tell, fail: tell };
    }
    this.#connection.releaseSavepoint();
    return { tell: transaction.resolve, fail: transaction.reject };
  }

  #fail(
    error: unknown,
    group: { readonly ended: readonly Ended[]; readonly unended: readonly Waiting[] },
  ): void {
    if (this.#connection.isInTransaction()) {
      this.#rollback();
    }
    this.#log.release();
    for (const { fail } of group.ended) {
      fail(error);
    }
    this.#reject(group.unended, error);
    this.#events.failed(error, group.ended.length + group.unended.length);
  }

  #reject(group: readonly (Waiting | Addition)[], error: unknown): void {
    for (const { reject } of group) {
      reject(error);
    }
  }

  #lose(error: unknown): void {
    this.#lost = { error };
    this.#events.lost(error);
  }

  #rollback(): void {
    try {
      this.#connection.rollback();
    } catch (error) {
      // What the group failed with is told to its callers; the next `begin` fails if this one lasts.
      this.#events.failed(error, 0);
    }
  }
}
