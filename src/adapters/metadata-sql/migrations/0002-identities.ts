/** Accounts, users, access keys and inline policies. Never edited: a change of the schema is a new migration. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import type { Capabilities } from "../capabilities.ts";
import { codePointText, primaryKey, required } from "./table-parts.ts";

export function makeIdentitiesMigration(capabilities: Capabilities): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      await createAccounts(db, capabilities);
      await createAccessKeys(db, capabilities);
      await createUserPolicies(db, capabilities);
      await db.schema
        .createTable("sealed_checks")
        .addColumn("check_id", "integer", (column) => column.primaryKey())
        .addColumn("sealed", sql.raw(capabilities.binaryType), required)
        .execute();
    },
  };
}

async function createAccounts(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  const nameType = codePointText(capabilities);
  await db.schema
    .createTable("accounts")
    .addColumn("account_id", nameType, primaryKey)
    .addColumn("created_at_ms", "bigint", required)
    .execute();
  await db.schema
    .createTable("users")
    .addColumn("user_id", nameType, primaryKey)
    .addColumn("account_id", nameType, (column) =>
      column.notNull().references("accounts.account_id"),
    )
    .addColumn("user_name", nameType, required)
    .addColumn("folded_name", nameType, required)
    .addColumn("path", nameType, required)
    .addColumn("created_at_ms", "bigint", required)
    .addUniqueConstraint("users_by_folded_name", ["account_id", "folded_name"])
    .execute();
  await db.schema
    .createIndex("users_by_name")
    .on("users")
    .columns(["account_id", "user_name"])
    .execute();
}

async function createAccessKeys(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  const nameType = codePointText(capabilities);
  await db.schema
    .createTable("access_keys")
    .addColumn("access_key_id", nameType, primaryKey)
    .addColumn("account_id", nameType, (column) =>
      column.notNull().references("accounts.account_id"),
    )
    .addColumn("user_id", nameType, (column) => column.references("users.user_id"))
    .addColumn("status", "text", required)
    .addColumn("created_at_ms", "bigint", required)
    .addColumn("sealed_secret", sql.raw(capabilities.binaryType), required)
    .execute();
  await db.schema
    .createIndex("access_keys_by_owner")
    .on("access_keys")
    .columns(["account_id", "user_id"])
    .execute();
  // Removing a user looks for keys that refer to it.
  await db.schema
    .createIndex("access_keys_by_user")
    .on("access_keys")
    .columns(["user_id"])
    .execute();
}

async function createUserPolicies(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  const nameType = codePointText(capabilities);
  await db.schema
    .createTable("user_policies")
    .addColumn("user_id", nameType, (column) => column.notNull().references("users.user_id"))
    .addColumn("policy_name", nameType, required)
    .addColumn("document", "text", required)
    .addPrimaryKeyConstraint("user_policies_key", ["user_id", "policy_name"])
    .execute();
}
