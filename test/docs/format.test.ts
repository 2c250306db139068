import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import { silentLogger } from "../support/metadata-builders.ts";

const text = await readFile(new URL("../../docs/format.md", import.meta.url), "utf8");

/** Columns by table as the page lists them; a row without a table continues the one above. */
function documentedColumns(): Map<string, string[]> {
  const [, section = ""] = text.split(/<!-- \/?tables/);
  const columns = new Map<string, string[]>();
  let table = "";
  for (const [, first = "", second = ""] of section.matchAll(/^\|([^|]*)\|([^|]*)\|/gm)) {
    table = /`(\w+)`/.exec(first)?.[1] ?? table;
    const names = [...second.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
    columns.set(table, [...(columns.get(table) ?? []), ...names]);
  }
  columns.delete("");
  return columns;
}

async function realColumns(): Promise<Map<string, string[]>> {
  const folder = await mkdtemp(join(tmpdir(), "moraine-format-"));
  const file = join(folder, "metadata.db");
  await (await openSqliteMetadata({ file, logger: silentLogger })).close();
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !/^(sqlite|schema_migrations)/.test(name));
  const columns = tables.map((table): [string, string[]] => [
    table,
    database
      .prepare("SELECT name FROM pragma_table_info(?)")
      .all(table)
      .map(({ name }) => String(name)),
  ]);
  database.close();
  await rm(folder, { recursive: true });
  return new Map(columns);
}

describe("docs/format.md", () => {
  it("lists every table and column of the metadata, and no others", async () => {
    const sorted = (columns: Map<string, string[]>) =>
      [...columns].map(([table, names]) => [table, names.toSorted()]).toSorted();
    assert.deepEqual(sorted(documentedColumns()), sorted(await realColumns()));
  });
});
