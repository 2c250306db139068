import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ReadView } from "./read-view.ts";

interface Parts {
  readonly view: ReadView;
  readonly reader: DatabaseSync;
  /** A commit of somebody whom the view knows nothing of. */
  readonly write: (value: number) => void;
  /** Reads the value through the view; counts as a query when the view has to ask. */
  readonly read: () => Promise<number>;
  readonly queries: () => number;
}

async function withView(run: (parts: Parts) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "moraine-view-"));
  const file = join(folder, "metadata.db");
  const writer = new DatabaseSync(file);
  writer.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t (value)");
  writer.exec("INSERT INTO t VALUES (0)");
  const reader = new DatabaseSync(file);
  const view = new ReadView(reader);
  const update = writer.prepare("UPDATE t SET value = ?");
  const select = reader.prepare("SELECT value FROM t");
  let queries = 0;
  const read = () =>
    view.remember("value", async () => {
      queries += 1;
      return Number(select.get()?.["value"]);
    });
  try {
    const write = (value: number) => void update.run(value);
    await run({ view, reader, write, read, queries: () => queries });
  } finally {
    reader.close();
    writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const nextTurn = () => new Promise(setImmediate);
/** The view of a turn ends in the turn after it. */
const twoTurns = async () => {
  await nextTurn();
  await nextTurn();
};

describe("ReadView", () => {
  it("asks once while nothing is committed, however many turns go by", async () => {
    await withView(async ({ read, queries }) => {
      for (let turn = 0; turn < 5; turn += 1) {
        assert.equal(await read(), 0);
        await twoTurns();
      }
      assert.equal(queries(), 1);
    });
  });

  it("sees in the next turn what anybody committed, also without its knowledge", async () => {
    await withView(async ({ read, write }) => {
      assert.equal(await read(), 0);
      write(1);
      await twoTurns();
      assert.equal(await read(), 1);
    });
  });

  it("sees nothing of what is committed while it is held, and everything once it is released", async () => {
    await withView(async ({ view, read, write }) => {
      view.hold();
      write(1);
      await twoTurns();
      assert.equal(await read(), 0);
      view.release();
      assert.equal(await read(), 1);
    });
  });

  it("is held at what was committed last, not at what the turn began with", async () => {
    await withView(async ({ view, read, write }) => {
      assert.equal(await read(), 0);
      write(1);
      view.hold();
      write(2);
      assert.equal(await read(), 1);
      view.release();
      assert.equal(await read(), 2);
    });
  });

  it("keeps no transaction open once nobody reads, and outlives its connection", async () => {
    await withView(async ({ view, reader }) => {
      view.enter();
      assert.ok(reader.isTransaction);
      await twoTurns();
      assert.ok(!reader.isTransaction);
      view.enter();
    });
    await twoTurns();
  });

  it("asks again after a failure", async () => {
    await withView(async ({ view }) => {
      await assert.rejects(view.remember("key", () => Promise.reject(new Error("once"))));
      assert.equal(await view.remember("key", () => Promise.resolve(1)), 1);
    });
  });

  it("gives what a query would give, whatever is written, held and read in which order", async () => {
    const step = fc.constantFrom("read", "write", "hold", "release", "turn");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await withView(async ({ view, reader, read, write }) => {
          const select = reader.prepare("SELECT value FROM t");
          for (const [index, name] of steps.entries()) {
            if (name === "read") {
              assert.equal(await read(), Number(select.get()?.["value"]));
            } else if (name === "write") {
              write(index + 1);
            } else if (name === "turn") {
              await twoTurns();
            } else {
              view[name]();
            }
          }
        });
      }),
      { numRuns: 40 },
    );
  });
});
