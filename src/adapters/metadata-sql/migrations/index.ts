/** Brings a database to the schema that this program knows, or refuses one from a newer program. */
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { Capabilities } from "../capabilities.ts";
import { makeInitialMigration } from "./0001-initial.ts";
import { makeIdentitiesMigration } from "./0002-identities.ts";
import { makeVaultPoliciesMigration } from "./0003-vault-policies.ts";
import { makeTopicsMigration } from "./0004-topics.ts";
import { makeSelectJobsMigration } from "./0005-select-jobs.ts";
import { makeScrubMigration } from "./0007-scrub.ts";
import { makeSmallBlobsMigration } from "./0008-small-blobs.ts";

const MIGRATIONS_TABLE = "schema_migrations";
const LOCK_TABLE = "schema_migrations_lock";

/** The database was written by a newer program, whose schema this one does not know. */
export class NewerSchemaError extends Error {
  override readonly name = "NewerSchemaError";
}

/** The database was written by an older program; the message says how it gets the newest schema. */
export class OlderSchemaError extends Error {
  override readonly name = "OlderSchemaError";
}

/** Throws `OlderSchemaError` or `NewerSchemaError` unless the schema is the one this program knows. */
export async function requireLatest<Schema>(
  db: Kysely<Schema>,
  capabilities: Capabilities,
): Promise<string> {
  const migrations = makeMigrations(capabilities);
  const names = Object.keys(migrations).sort();
  const latest = names.at(-1) ?? "none";
  const applied = await listAppliedMigrations(db);
  refuseNewerSchema(applied, migrations, latest);
  if (names.some((name) => !applied.includes(name))) {
    throw new OlderSchemaError(
      `metadata schema is ${applied.at(-1) ?? "none"}, this version of Moraine needs ${latest}; start` +
        " the service once with this version, or use the version that wrote it",
    );
  }
  return latest;
}

/**
 * Runs the missing migrations, each once and all in one transaction; returns the name of the last.
 * Throws `NewerSchemaError` before anything is changed, or the database's own error.
 */
export async function migrateToLatest<Schema>(
  db: Kysely<Schema>,
  capabilities: Capabilities,
): Promise<string> {
  const migrations = makeMigrations(capabilities);
  const latest = Object.keys(migrations).sort().at(-1) ?? "none";
  const applied = await listAppliedMigrations(db);
  refuseNewerSchema(applied, migrations, latest);
  if (Object.keys(migrations).every((name) => applied.includes(name))) {
    // Nearly every start: the migrator would look at each column of each table first.
    return latest;
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: MIGRATIONS_TABLE,
    migrationLockTableName: LOCK_TABLE,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw error;
  }
  return latest;
}

/** Names sort in the order in which migrations run. */
function makeMigrations(capabilities: Capabilities): Record<string, Migration> {
  return {
    "0001-initial": makeInitialMigration(capabilities),
    "0002-identities": makeIdentitiesMigration(capabilities),
    "0003-vault-policies": makeVaultPoliciesMigration(capabilities),
    "0004-topics": makeTopicsMigration(capabilities),
    "0005-select-jobs": makeSelectJobsMigration(),
    "0007-scrub": makeScrubMigration(capabilities),
    "0008-small-blobs": makeSmallBlobsMigration(capabilities),
  };
}

async function listAppliedMigrations<Schema>(db: Kysely<Schema>): Promise<readonly string[]> {
  const query = sql<{ name: string }>`
    select name from ${sql.table(MIGRATIONS_TABLE)} order by name
  `;
  try {
    const names = await query.execute(db);
    return names.rows.map((row) => row.name);
  } catch (error) {
    // Only now, since it takes as long as the rest of opening the database.
    const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
    if (tables.some((table) => table.name === MIGRATIONS_TABLE)) {
      throw error;
    }
    return [];
  }
}

function refuseNewerSchema(
  applied: readonly string[],
  migrations: Record<string, Migration>,
  latest: string,
): void {
  const unknown = applied.filter((name) => !Object.hasOwn(migrations, name)).at(-1);
  if (unknown !== undefined) {
    throw new NewerSchemaError(
      `metadata schema is ${unknown}, which is newer than ${latest}, the newest this version of ` +
        "Moraine knows; start the version that wrote it, or a later one",
    );
  }
}
