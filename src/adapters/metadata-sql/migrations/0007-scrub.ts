/**
 * Walks over all blobs and the damage they found. Never edited: a change of the schema is a new migration. The index
 * over manifests leads from a damaged part to its archive.
 */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import type { Capabilities } from "../capabilities.ts";
import { addIdentity, createIndex, primaryKey, required } from "./table-parts.ts";

export function makeScrubMigration(capabilities: Capabilities): Migration {
  const binary = sql.raw(capabilities.binaryType);
  return {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable("walks")
        .addColumn("walk_name", "text", primaryKey)
        .addColumn("target", "text", required)
        .addColumn("pass", "bigint", required)
        .addColumn("started_at_ms", "bigint", required)
        .addColumn("position", binary)
        .addColumn("ended_at_ms", "bigint")
        .addColumn("previous_started_at_ms", "bigint")
        .execute();
      await addIdentity(db.schema.createTable("damages"), "damage_id", capabilities)
        .addColumn("archive_id", binary, required)
        .addColumn("blob_id", binary, required)
        .addColumn("kind", "text", required)
        .addColumn("start_bytes", "bigint", required)
        .addColumn("end_bytes", "bigint", required)
        .addColumn("first_seen_at_ms", "bigint", required)
        .addColumn("last_seen_at_ms", "bigint", required)
        .addColumn("repaired_at_ms", "bigint")
        .execute();
      await createIndex(db, "damages_by_archive", "damages", ["archive_id"]);
      await createIndex(db, "damages_by_repair", "damages", ["repaired_at_ms", "blob_id"]);
      await createIndex(db, "archives_by_manifest", "archives", ["manifest_id"]);
    },
  };
}
