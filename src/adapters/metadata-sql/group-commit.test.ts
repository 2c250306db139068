import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AssertionError } from "../../std/assert.ts";
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

function setUp() {
  const connection = new RecordingConnection();
  const failures: number[] = [];
  const groupCommit = new GroupCommit(connection, (_error, transactions) => {
    failures.push(transactions);
  });
  return { connection, failures, groupCommit };
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
    assert.equal(connection.statements.lastIndexOf("begin"), connection.statements.length - 4);
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
