/**
 * The first schema. Never edited: a change of the schema is a new migration.
 *
 * Archive, job and upload ids grow with time, so their indexes grow at the end. Archive records carry no
 * foreign key: they outlive their vault until they are purged.
 */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import type { Capabilities } from "../capabilities.ts";
import { addIdentity, codePointText, createIndex, primaryKey, required } from "./table-parts.ts";

export function makeInitialMigration(capabilities: Capabilities): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      await createVaults(db, capabilities);
      await createArchives(db, capabilities);
      await createManifests(db, capabilities);
      await createUploads(db, capabilities);
      await createJobs(db, capabilities);
      await db.schema
        .createTable("boots")
        .addColumn("boot", "bigint", (column) => column.primaryKey())
        .addColumn("started_at_ms", "bigint", required)
        .execute();
    },
  };
}

async function createVaults(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  const nameType = codePointText(capabilities);
  await addIdentity(db.schema.createTable("vaults"), "vault_id", capabilities)
    .addColumn("account_id", nameType, required)
    .addColumn("region", nameType, required)
    .addColumn("vault_name", nameType, required)
    .addColumn("created_at_ms", "bigint", required)
    .addColumn("archive_count", "bigint", required)
    .addColumn("archive_bytes", "bigint", required)
    .addColumn("change_sequence", "bigint", required)
    .addColumn("inventory_taken_at_ms", "bigint")
    .addColumn("inventory_change_sequence", "bigint")
    .addColumn("inventory_archive_count", "bigint")
    .addColumn("inventory_archive_bytes", "bigint")
    .addColumn("inventory_due_at_ms", "bigint")
    .addColumn("tags", "text", required)
    .addUniqueConstraint("vaults_by_key", ["account_id", "region", "vault_name"])
    .execute();
  await createIndex(db, "vaults_by_inventory_due", "vaults", ["inventory_due_at_ms"]);
  await db.schema
    .createTable("deleted_vaults")
    .addColumn("account_id", nameType, required)
    .addColumn("region", nameType, required)
    .addColumn("vault_name", nameType, required)
    .addPrimaryKeyConstraint("deleted_vaults_key", ["account_id", "region", "vault_name"])
    .execute();
  await db.schema
    .createTable("removed_vaults")
    .addColumn("vault_id", "bigint", (column) => column.primaryKey())
    .execute();
}

async function createArchives(db: Kysely<unknown>, { binaryType }: Capabilities): Promise<void> {
  const binary = sql.raw(binaryType);
  await db.schema
    .createTable("archives")
    .addColumn("archive_id", binary, primaryKey)
    .addColumn("vault_id", "bigint", required)
    .addColumn("created_at_ms", "bigint", required)
    .addColumn("created_sequence", "bigint", required)
    .addColumn("deleted_sequence", "bigint")
    .addColumn("size_bytes", "bigint", required)
    .addColumn("manifest_id", binary, required)
    .addColumn("tree_hash", binary, required)
    .addColumn("sha256", binary)
    .addColumn("description", "text")
    .execute();
  const order = ["vault_id", "created_at_ms", "archive_id"];
  await createIndex(db, "archives_in_inventory_order", "archives", order);
}

async function createManifests(db: Kysely<unknown>, { binaryType }: Capabilities): Promise<void> {
  const binary = sql.raw(binaryType);
  await db.schema
    .createTable("manifest_parts")
    .addColumn("manifest_id", binary, required)
    .addColumn("start_bytes", "bigint", required)
    .addColumn("size_bytes", "bigint", required)
    .addColumn("blob_id", binary, required)
    .addColumn("tree_hash", binary, required)
    .addColumn("leaves", binary, required)
    .addPrimaryKeyConstraint("manifest_parts_key", ["manifest_id", "start_bytes"])
    .addUniqueConstraint("manifest_parts_by_blob", ["blob_id"])
    .execute();
  await db.schema
    .createTable("garbage_manifests")
    .addColumn("manifest_id", binary, primaryKey)
    .execute();
  await db.schema
    .createTable("pins")
    .addColumn("manifest_id", binary, required)
    .addColumn("job_id", binary, required)
    .addPrimaryKeyConstraint("pins_key", ["manifest_id", "job_id"])
    .execute();
  await createIndex(db, "pins_by_job", "pins", ["job_id"]);
}

async function createUploads(db: Kysely<unknown>, { binaryType }: Capabilities): Promise<void> {
  const binary = sql.raw(binaryType);
  await db.schema
    .createTable("uploads")
    .addColumn("upload_id", binary, primaryKey)
    .addColumn("vault_id", "bigint", (column) => column.notNull().references("vaults.vault_id"))
    .addColumn("manifest_id", binary, required)
    .addColumn("part_size_bytes", "bigint", required)
    .addColumn("description", "text")
    .addColumn("created_at_ms", "bigint", required)
    .addColumn("last_activity_at_ms", "bigint", required)
    .addColumn("state", "text", required)
    .addColumn("ended_at_ms", "bigint")
    .addColumn("archive_id", binary)
    .addColumn("archive_size_bytes", "bigint")
    .addColumn("tree_hash", binary)
    .execute();
  await createIndex(db, "uploads_by_vault", "uploads", ["vault_id", "state", "upload_id"]);
  await createIndex(db, "uploads_by_activity", "uploads", ["state", "last_activity_at_ms"]);
  await createIndex(db, "uploads_by_end", "uploads", ["ended_at_ms"]);
}

async function createJobs(db: Kysely<unknown>, { binaryType }: Capabilities): Promise<void> {
  const binary = sql.raw(binaryType);
  await db.schema
    .createTable("jobs")
    .addColumn("job_id", binary, primaryKey)
    .addColumn("vault_id", "bigint", (column) => column.notNull().references("vaults.vault_id"))
    .addColumn("kind", "text", required)
    .addColumn("status", "text", required)
    .addColumn("created_at_ms", "bigint", required)
    .addColumn("due_at_ms", "bigint", required)
    .addColumn("claimable_at_ms", "bigint")
    .addColumn("lease_owner", "text")
    .addColumn("description", "text")
    .addColumn("sns_topic", "text")
    .addColumn("request", "text", required)
    .addColumn("completed_at_ms", "bigint")
    .addColumn("expires_at_ms", "bigint")
    .addColumn("output_manifest_id", binary)
    .addColumn("output", "text")
    .addColumn("failure_message", "text")
    .execute();
  await createIndex(db, "jobs_by_vault", "jobs", ["vault_id", "status", "job_id"]);
  await createIndex(db, "jobs_by_due", "jobs", ["status", "due_at_ms", "job_id"]);
  await createIndex(db, "jobs_by_claimable", "jobs", ["claimable_at_ms"]);
  await createIndex(db, "jobs_by_expiry", "jobs", ["expires_at_ms"]);
}
