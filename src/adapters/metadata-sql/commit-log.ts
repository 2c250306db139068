/** What makes commits durable, as far as group commit has to know. */

export interface CommitLog {
  /** Resolves when the next group may begin; at once unless the log has grown so much that it must be emptied. */
  makeRoom(): Promise<void> | undefined;
  /** From here to `release`, reads outside of transactions see what is committed now, and nothing later. */
  hold(): void;
  /** Resolves when everything committed is durable. After a rejection nobody can tell what is. */
  sync(): Promise<void>;
  /** Tells of rows that another connection has committed, and whether it has made them durable as well. */
  noteCommit(rows: number, isDurable: boolean): void;
  /** Reads see everything that is committed. */
  release(): void;
}

/** Of a database in memory: as durable as it will ever be. */
export const noCommitLog: CommitLog = {
  makeRoom: () => undefined,
  hold: () => undefined,
  sync: () => Promise.resolve(),
  noteCommit: () => undefined,
  release: () => undefined,
};
