/** Vaults get policies, a lock and a notification configuration, accounts their retrieval policy and capacity. */
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Capabilities } from "../capabilities.ts";
import { codePointText, required } from "./table-parts.ts";

export function makeVaultPoliciesMigration(capabilities: Capabilities): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      await extendVaults(db);
      await extendJobs(db);
      await createRetrievalPolicies(db, capabilities);
      await createCapacityUnits(db, capabilities);
    },
  };
}

async function extendVaults(db: Kysely<unknown>): Promise<void> {
  const texts = ["access_policy", "lock_state", "lock_id", "lock_policy", "notification"];
  for (const column of texts) {
    await db.schema.alterTable("vaults").addColumn(column, "text").execute();
  }
  for (const column of ["lock_created_at_ms", "lock_expires_at_ms"]) {
    await db.schema.alterTable("vaults").addColumn(column, "bigint").execute();
  }
}

async function extendJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("jobs").addColumn("retrieval_tier", "text").execute();
  await db.schema.alterTable("jobs").addColumn("hourly_rate", "bigint").execute();
}

async function createRetrievalPolicies(
  db: Kysely<unknown>,
  capabilities: Capabilities,
): Promise<void> {
  const keyType = codePointText(capabilities);
  await db.schema
    .createTable("retrieval_policies")
    .addColumn("account_id", keyType, required)
    .addColumn("region", keyType, required)
    .addColumn("strategy", "text", required)
    .addColumn("bytes_per_hour", "bigint")
    .addPrimaryKeyConstraint("retrieval_policies_key", ["account_id", "region"])
    .execute();
  await db.schema
    .createTable("retrieval_usage")
    .addColumn("account_id", keyType, required)
    .addColumn("region", keyType, required)
    .addColumn("day", keyType, required)
    .addColumn("bytes", "bigint", required)
    .addPrimaryKeyConstraint("retrieval_usage_key", ["account_id", "region", "day"])
    .execute();
}

async function createCapacityUnits(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  const keyType = codePointText(capabilities);
  await db.schema
    .createTable("capacity_units")
    .addColumn("capacity_id", keyType, (column) => column.notNull().primaryKey())
    .addColumn("account_id", keyType, required)
    .addColumn("start_ms", "bigint", required)
    .addColumn("expires_at_ms", "bigint", required)
    .execute();
  await db.schema
    .createIndex("capacity_units_by_account")
    .on("capacity_units")
    .columns(["account_id", "expires_at_ms"])
    .execute();
}
