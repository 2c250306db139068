import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import type { Checkpointer, CheckpointOutcome } from "./checkpointer.ts";
import { ReadView } from "./read-view.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

/** Rows that are surely due for a checkpoint, and pages that are surely too many. */
const MANY = 100_000;

async function withLog(
  outcomes: CheckpointOutcome[],
  run: (parts: {
    readonly log: WriteAheadLog;
    readonly runs: () => number;
    readonly errors: unknown[];
    readonly writeRows: (count: number) => void;
  }) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "moraine-log-"));
  const file = join(folder, "metadata.db");
  const writer = new DatabaseSync(file);
  writer.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t (a)");
  const reader = new DatabaseSync(file);
  let runs = 0;
  const checkpointer: Checkpointer = {
    run: async () => {
      runs += 1;
      return outcomes.shift() ?? { logPages: 0, copiedPages: 0 };
    },
    close: async () => {},
  };
  const errors: unknown[] = [];
  const logger = {
    debug() {},
    info() {},
    warn() {},
    error: (fields: object) => errors.push(fields),
  };
  const log = new WriteAheadLog({
    file,
    writer,
    view: new ReadView(reader),
    checkpointer,
    logger,
    sync: async () => {},
  });
  const insert = writer.prepare(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO t SELECT i FROM n",
  );
  try {
    await run({ log, runs: () => runs, errors, writeRows: (count) => insert.run(count) });
  } finally {
    await log.close();
    reader.close();
    writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("WriteAheadLog", () => {
  it("lets nobody wait for the checkpoint that many changed rows are due", async () => {
    await withLog([], async ({ log, runs, writeRows }) => {
      writeRows(10);
      assert.equal(log.makeRoom(), undefined);
      assert.equal(runs(), 0);
      writeRows(MANY);
      assert.equal(log.makeRoom(), undefined);
      assert.equal(runs(), 1);
      assert.equal(log.makeRoom(), undefined);
      assert.equal(runs(), 1);
    });
  });

  it("makes the next group wait once while a long log is emptied to its end", async () => {
    const stuck = { logPages: MANY, copiedPages: MANY - 1 };
    await withLog([stuck, stuck], async ({ log, runs, writeRows }) => {
      writeRows(MANY);
      assert.equal(log.makeRoom(), undefined);
      await new Promise(setImmediate);
      const room = log.makeRoom();
      assert.ok(room instanceof Promise);
      await room;
      assert.equal(runs(), 2);
      // Somebody reads what is left of it: writers don't wait again before as much was written.
      assert.equal(log.makeRoom(), undefined);
      assert.equal(runs(), 2);
    });
  });

  it("logs a checkpoint that failed, and goes on", async () => {
    const error = new Error("I/O error");
    await withLog([{ error }], async ({ log, errors, writeRows }) => {
      writeRows(MANY);
      assert.equal(log.makeRoom(), undefined);
      await new Promise(setImmediate);
      assert.deepEqual(errors, [{ err: error }]);
      assert.equal(log.makeRoom(), undefined);
    });
  });
});
