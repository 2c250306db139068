import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AssertionError } from "../../std/assert.ts";
import type { AddedGroup, Addition, ArchiveAdder } from "./archive-adder.ts";
import type { CommitLog } from "./commit-log.ts";
import { GROUP_MAX, GroupCommit, type WriterConnection } from "./group-commit.ts";

/** A connection that keeps a record of the statements it was given, and fails where it is told to. */
class RecordingConnection implements WriterConnection {
  readonly statements: string[] = [];
  commitError: Error | undefined;
  inTransaction = false;

  begin(): void {
    this.statements.push("begin");
    this.inTransaction = true;
  }

  savepoint(): void {
    this.statements.push("savepoint");
  }

  releaseSavepoint(): void {
    this.statements.push("release");
  }

  rollbackSavepoint(): void {
    this.statements.push("rollback to");
  }

  commit(): void {
    this.statements.push("commit");
    if (this.commitError !== undefined) {
      throw this.commitError;
    }
    this.inTransaction = false;
  }

  rollback(): void {
    this.statements.push("rollback");
    this.inTransaction = false;
  }

  isInTransaction(): boolean {
    return this.inTransaction;
  }

  count(statement: string): number {
    return this.statements.filter((executed) => executed === statement).length;
  }
}

/** A log that writes among the statements, and whose syncs end when the test says so, unless it says nothing. */
class RecordingLog implements CommitLog {
  readonly #statements: string[];
  /** Syncs that wait; those of a log that is not slow end at once. */
  readonly syncs: PromiseWithResolvers<void>[] = [];
  isSlow = false;
  room: Promise<void> | undefined;

  constructor(statements: string[]) {
    this.#statements = statements;
  }

  makeRoom(): Promise<void> | undefined {
    return this.room;
  }

  hold(): void {
    this.#statements.push("hold");
  }

  async sync(): Promise<void> {
    this.#statements.push("sync");
    if (this.isSlow) {
      const sync = Promise.withResolvers<void>();
      this.syncs.push(sync);
      await sync.promise;
    }
  }

  noteCommit(rows: number, isDurable: boolean): void {
    this.#statements.push(`${rows} rows${isDurable ? ", durable" : ""}`);
  }

  release(): void {
    this.#statements.push("let go");
  }
}

/** An adder that does what it is told with the groups it gets. */
class RecordingAdder implements ArchiveAdder {
  readonly #statements: string[];
  outcome: (group: readonly Addition[]) => AddedGroup = commitAll;

  constructor(statements: string[]) {
    this.#statements = statements;
  }

  async add(group: readonly Addition[]): Promise<AddedGroup> {
    this.#statements.push(`add ${group.length}`);
    await new Promise(setImmediate);
    return this.outcome(group);
  }

  async close(): Promise<void> {
    this.#statements.push("close");
  }
}

function commitAll(group: readonly Addition[]): AddedGroup {
  return { kind: "committed", isDurable: true, rows: group.length, refusals: new Map() };
}

const decideNothing = () => assert.fail("the adder decides");

function setUp() {
  const connection = new RecordingConnection();
  const log = new RecordingLog(connection.statements);
  const failures: number[] = [];
  const losses: unknown[] = [];
  const adder = new RecordingAdder(connection.statements);
  const groupCommit = new GroupCommit({
    connection,
    log,
    adder,
    events: {
      failed: (_error, transactions) => failures.push(transactions),
      lost: (error) => losses.push(error),
    },
  });
  return { connection, log, adder, failures, losses, groupCommit };
}

/** Everything that can happen without a sync has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise(setImmediate);
  }
}

describe("GroupCommit", () => {
  it("commits once for all transactions that wait", async () => {
    const { connection, groupCommit } = setUp();
    const results = await Promise.all([1, 2, 3].map((value) => groupCommit.run(async () => value)));
    assert.deepEqual(results, [1, 2, 3]);
    assert.equal(connection.count("commit"), 1);
  });

  it("runs transactions one after another, in order of arrival", async () => {
    const { groupCommit } = setUp();
    const events: string[] = [];
    const run = (name: string) =>
      groupCommit.run(async () => {
        events.push(`${name} begins`);
        await new Promise(setImmediate);
        events.push(`${name} ends`);
      });
    await Promise.all([run("a"), run("b")]);
    assert.deepEqual(events, ["a begins", "a ends", "b begins", "b ends"]);
  });

  it("bounds a group", async () => {
    const { connection, groupCommit } = setUp();
    const count = GROUP_MAX + 1;
    await Promise.all(Array.from({ length: count }, () => groupCommit.run(async () => {})));
    assert.equal(connection.count("commit"), 2);
    const last = ["begin", "savepoint", "release", "hold", "commit", "sync", "let go"];
    assert.deepEqual(connection.statements.slice(-last.length), last);
  });

  it("rolls a failed transaction back to its savepoint and commits the others", async () => {
    const { connection, groupCommit, failures } = setUp();
    const failure = new Error("no");
    const results = await Promise.allSettled([
      groupCommit.run(async () => 1),
      groupCommit.run(async () => Promise.reject(failure)),
      groupCommit.run(async () => 3),
    ]);
    assert.deepEqual(results, [
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: failure },
      { status: "fulfilled", value: 3 },
    ]);
    assert.equal(connection.count("rollback to"), 1);
    assert.equal(connection.count("commit"), 1);
    assert.deepEqual(failures, []);
  });

  it("tells nobody a result before the commit", async () => {
    const { connection, groupCommit } = setUp();
    const committedWhenTold = await Promise.all(
      [1, 2].map(() => groupCommit.run(async () => {}).then(() => connection.count("commit"))),
    );
    assert.deepEqual(committedWhenTold, [1, 1]);
  });

  it("tells nobody a result, nor an error, before the commit is durable", async () => {
    const { connection, log, groupCommit } = setUp();
    log.isSlow = true;
    const told: string[] = [];
    void groupCommit.run(async () => {}).then(() => told.push("result"));
    void groupCommit
      .run(() => Promise.reject(new Error("no such vault")))
      .catch(() => told.push("error"));
    await settle();
    assert.equal(connection.count("commit"), 1);
    assert.deepEqual(told, []);
    log.syncs[0]?.resolve();
    await settle();
    assert.deepEqual(told.sort(), ["error", "result"]);
  });

  it("gathers transactions while a commit is on its way to the disk, and lets them wait for it", async () => {
    const { connection, log, groupCommit } = setUp();
    log.isSlow = true;
    const first = groupCommit.run(async () => 1);
    await settle();
    const others = [2, 3].map((value) => groupCommit.run(async () => value));
    await settle();
    assert.equal(connection.count("begin"), 1);
    log.syncs[0]?.resolve();
    assert.equal(await first, 1);
    await settle();
    assert.equal(connection.count("commit"), 2);
    log.syncs[1]?.resolve();
    assert.deepEqual(await Promise.all(others), [2, 3]);
  });

  it("keeps reads where they are from before the commit until it is durable", async () => {
    const { connection, groupCommit } = setUp();
    await groupCommit.run(async () => {});
    const order = connection.statements.filter(
      (statement) => !/begin|save|release/.test(statement),
    );
    assert.deepEqual(order, ["hold", "commit", "sync", "let go"]);
  });

  it("acknowledges nothing more once a commit could not be made durable, and lets no read see it", async () => {
    const { connection, log, losses, failures, groupCommit } = setUp();
    log.isSlow = true;
    const failure = new Error("I/O error");
    const lost = [1, 2].map((value) => groupCommit.run(async () => value));
    await settle();
    const later = groupCommit.run(async () => 3);
    log.syncs[0]?.reject(failure);
    const results = await Promise.allSettled([...lost, later, groupCommit.run(async () => 4)]);
    assert.deepEqual(results, Array(4).fill({ status: "rejected", reason: failure }));
    assert.deepEqual(losses, [failure]);
    assert.deepEqual(failures, []);
    assert.equal(connection.count("commit"), 1);
    assert.equal(connection.count("let go"), 0);
  });

  it("says that a commit is lost before any of its callers can hear of it", async () => {
    const { log, losses, groupCommit } = setUp();
    log.isSlow = true;
    const lossesWhenTold: number[] = [];
    const told = groupCommit.run(async () => {}).catch(() => lossesWhenTold.push(losses.length));
    await settle();
    log.syncs[0]?.reject(new Error("I/O error"));
    await told;
    assert.deepEqual(lossesWhenTold, [1]);
  });

  it("begins no group before the log has room", async () => {
    const { connection, log, groupCommit } = setUp();
    const room = Promise.withResolvers<void>();
    log.room = room.promise;
    const waiting = groupCommit.run(async () => 1);
    await settle();
    assert.equal(connection.count("begin"), 0);
    room.resolve();
    assert.equal(await waiting, 1);
  });

  it("rejects the whole group with the error of a failed commit, and works afterwards", async () => {
    const { connection, groupCommit, failures } = setUp();
    const own = new Error("own");
    connection.commitError = new Error("disk full");
    const results = await Promise.allSettled([
      groupCommit.run(async () => 1),
      groupCommit.run(async () => Promise.reject(own)),
      groupCommit.run(async () => 3),
    ]);
    assert.deepEqual(
      results.map((result) => result.status === "rejected" && result.reason),
      [connection.commitError, own, connection.commitError],
    );
    assert.equal(connection.count("rollback"), 1);
    assert.equal(connection.count("let go"), 1);
    assert.equal(connection.count("sync"), 0);
    assert.deepEqual(failures, [3]);
    connection.commitError = undefined;
    assert.equal(await groupCommit.run(async () => 4), 4);
  });

  it("rejects the whole group when the database rolled back by itself", async () => {
    const { connection, groupCommit } = setUp();
    const failure = new Error("disk full");
    const results = await Promise.allSettled([
      groupCommit.run(async () => 1),
      groupCommit.run(async () => {
        connection.inTransaction = false;
        throw failure;
      }),
      groupCommit.run(async () => 3),
    ]);
    assert.deepEqual(results, Array(3).fill({ status: "rejected", reason: failure }));
    assert.equal(connection.count("commit"), 0);
    assert.equal(connection.count("rollback"), 0);
  });

  it("ends what waits before it closes and refuses what comes later", async () => {
    const { groupCommit } = setUp();
    const waiting = groupCommit.run(async () => 1);
    await groupCommit.close();
    assert.equal(await waiting, 1);
    assert.throws(() => groupCommit.run(async () => 2), AssertionError);
  });
});

describe("GroupCommit of small archives", () => {
  it("adds those that wait together, with reads held, and tells them when all is durable", async () => {
    const { connection, groupCommit } = setUp();
    await Promise.all([1, 2, 3].map((vaultId) => groupCommit.add(vaultId, decideNothing)));
    await groupCommit.close();
    const steps = ["hold", "add 3", "3 rows, durable", "sync", "let go", "close"];
    assert.deepEqual(connection.statements, steps);
  });

  it("takes them in turn with other transactions, never beside one", async () => {
    const { connection, groupCommit } = setUp();
    const added: Promise<void>[] = [];
    await Promise.all([
      groupCommit.add(1, decideNothing),
      groupCommit.run(async () => void added.push(groupCommit.add(2, decideNothing))),
      groupCommit.add(3, decideNothing),
    ]);
    await Promise.all(added);
    assert.deepEqual(connection.statements, [
      ...["hold", "add 2", "2 rows, durable", "sync", "let go"],
      ...["begin", "savepoint", "release", "hold", "commit", "sync", "let go"],
      ...["hold", "add 1", "1 rows, durable", "sync", "let go"],
    ]);
  });

  it("rejects only those that were refused", async () => {
    const { adder, groupCommit, failures } = setUp();
    const refusal = new Error("no such vault");
    adder.outcome = (group) => ({
      ...commitAll(group),
      refusals: new Map(group.filter(({ vaultId }) => vaultId === 2).map((it) => [it, refusal])),
    });
    const results = await Promise.allSettled(
      [1, 2, 3].map((vaultId) => groupCommit.add(vaultId, decideNothing)),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(failures, []);
  });

  it("rejects all of a group that the database refused, and goes on", async () => {
    const { adder, connection, groupCommit, failures } = setUp();
    const error = new Error("disk full");
    adder.outcome = () => ({ kind: "refused", error });
    const two = [groupCommit.add(1, decideNothing), groupCommit.add(1, decideNothing)];
    const results = await Promise.allSettled(two);
    assert.deepEqual(results, Array(2).fill({ status: "rejected", reason: error }));
    assert.deepEqual(failures, [2]);
    assert.deepEqual(connection.statements, ["hold", "add 2", "let go"]);
    adder.outcome = commitAll;
    await groupCommit.add(1, decideNothing);
    assert.equal(await groupCommit.run(async () => 4), 4);
  });

  it("does nothing more, and lets no read go on, when a group is lost", async () => {
    const { adder, connection, groupCommit, losses } = setUp();
    const error = new Error("I/O error");
    adder.outcome = () => ({ kind: "lost", error });
    await assert.rejects(groupCommit.add(1, decideNothing), error);
    await assert.rejects(groupCommit.add(1, decideNothing), error);
    await assert.rejects(
      groupCommit.run(async () => 1),
      error,
    );
    assert.deepEqual(losses, [error]);
    assert.deepEqual(connection.statements, ["hold", "add 1"]);
  });
});
