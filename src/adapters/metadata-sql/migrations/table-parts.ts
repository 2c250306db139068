/** What migrations make tables of. Part of every migration, so never changed in meaning. */
import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, sql } from "kysely";
import type { Capabilities } from "../capabilities.ts";

/** An index over `columns` in order. */
export async function createIndex(
  db: Kysely<unknown>,
  name: string,
  table: string,
  columns: string[],
): Promise<void> {
  await db.schema.createIndex(name).on(table).columns(columns).execute();
}

/** A primary key that the database numbers itself, never using a number twice. */
export function addIdentity<Table extends string>(
  table: CreateTableBuilder<Table>,
  column: string,
  { identityColumn }: Capabilities,
): CreateTableBuilder<Table, string> {
  return identityColumn === "autoincrement"
    ? table.addColumn(column, "integer", (build) => build.primaryKey().autoIncrement())
    : table.addColumn(column, "bigint", (build) => build.primaryKey().generatedAlwaysAsIdentity());
}

/** Text that is ordered by code points. */
export function codePointText({ codePointCollation }: Capabilities) {
  return codePointCollation === undefined
    ? sql`text`
    : sql`text collate ${sql.id(codePointCollation)}`;
}

/** A column that always has a value. */
export function required(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull();
}

/** A column that is the whole primary key. */
export function primaryKey(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull().primaryKey();
}
