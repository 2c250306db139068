import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { Kysely } from "kysely";
import { plainTexts } from "../../ports/text-cipher.ts";
import { AssertionError } from "../../std/assert.ts";
import { DEFAULT_CAPABILITIES, SQLITE_CAPABILITIES } from "./capabilities.ts";
import { prepareQuery } from "./prepared-query.ts";
import type { SqlContext, Tables } from "./schema.ts";
import { makeSqliteDialect, SqliteConnection } from "./sqlite-dialect.ts";

/** A database with two boots, and every query text that it ran. */
function openBoots(test: TestContext, capabilities = SQLITE_CAPABILITIES) {
  const database = new DatabaseSync(":memory:");
  test.after(() => database.close());
  database.exec("CREATE TABLE boots (boot INTEGER PRIMARY KEY, started_at_ms INTEGER)");
  database.exec("INSERT INTO boots VALUES (1, 100), (2, 200)");
  const connection = new SqliteConnection(database);
  const ran: string[] = [];
  const context: SqlContext = {
    db: new Kysely<Tables>({ dialect: makeSqliteDialect(connection) }),
    execute: (query) => {
      ran.push(query.sql);
      return connection.executeQuery(query);
    },
    capabilities,
    texts: plainTexts,
  };
  return { context, ran };
}

function selectBoots({ db }: SqlContext, { from, limit }: { from: number; limit: number }) {
  return db
    .selectFrom("boots")
    .where("boot", ">=", from)
    .where("started_at_ms", ">", 0)
    .select("boot")
    .orderBy("boot")
    .limit(limit);
}

describe("prepareQuery", () => {
  it("builds once and runs with the values of each call", async (test) => {
    const { context, ran } = openBoots(test);
    let built = 0;
    const run = prepareQuery((of: SqlContext, values: { from: number; limit: number }) => {
      built += 1;
      return selectBoots(of, values);
    });
    const boots = async (from: number, limit: number) =>
      (await run(context, { limit, from })).map(({ boot }) => boot);
    assert.deepEqual(await boots(1, 9), [1, 2]);
    assert.deepEqual(await boots(2, 9), [2]);
    assert.deepEqual(await boots(1, 1), [1]);
    assert.equal(built, 1);
    assert.equal(new Set(ran).size, 1);
  });

  it("builds anew for a database that can do other things", async (test) => {
    const built: boolean[] = [];
    const run = prepareQuery((of: SqlContext, values: { from: number; limit: number }) => {
      built.push(of.capabilities.rowLocks);
      return selectBoots(of, values);
    });
    await run(openBoots(test).context, { from: 1, limit: 1 });
    await run(openBoots(test, DEFAULT_CAPABILITIES).context, { from: 1, limit: 1 });
    assert.deepEqual(built, [false, true]);
  });

  it("refuses to compute with a value that comes later", async (test) => {
    const { context } = openBoots(test);
    const run = prepareQuery(({ db }, { from }: { from: number }) =>
      db
        .selectFrom("boots")
        .where("boot", ">=", from + 1)
        .select("boot"),
    );
    await assert.rejects(run(context, { from: 1 }), AssertionError);
  });

  it("refuses to run without one of its values", async (test) => {
    const { context } = openBoots(test);
    const run = prepareQuery(({ db }, { from }: { from: number | undefined }) =>
      db
        .selectFrom("boots")
        .where("boot", ">=", from as number)
        .select("boot"),
    );
    await assert.rejects(run(context, { from: undefined }), /needs a value for from/);
  });
});
