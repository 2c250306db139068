import assert from "node:assert/strict";
import { constants, DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { Kysely } from "kysely";
import type { Tables } from "./schema.ts";
import { makeSqliteDialect, SqliteConnection } from "./sqlite-dialect.ts";

describe("the dialect for node:sqlite", () => {
  it("has a query with a limit compiled once, whatever the limit", async (test) => {
    const database = new DatabaseSync(":memory:");
    test.after(() => database.close());
    database.exec("CREATE TABLE boots (boot INTEGER PRIMARY KEY, started_at_ms INTEGER)");
    database.exec("INSERT INTO boots VALUES (1, 100), (2, 200), (3, 300)");
    const db = new Kysely<Tables>({ dialect: makeSqliteDialect(new SqliteConnection(database)) });
    const find = async (from: number, limit: number) => {
      const boots = db.selectFrom("boots").where("boot", ">=", from).select("boot").orderBy("boot");
      return (await boots.limit(limit).execute()).map(({ boot }) => boot);
    };
    let compiled = 0;
    // SQLite asks while it compiles, never while it runs.
    database.setAuthorizer((action) => {
      compiled += action === constants.SQLITE_SELECT ? 1 : 0;
      return constants.SQLITE_OK;
    });
    assert.deepEqual(await find(1, 2), [1, 2]);
    assert.equal(compiled, 1);
    assert.deepEqual(await find(1, 1), [1]);
    assert.deepEqual(await find(2, 9), [2, 3]);
    assert.deepEqual(await find(2, 0), []);
    assert.equal(compiled, 1);
  });
});
