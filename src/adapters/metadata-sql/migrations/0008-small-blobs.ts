/** Small blobs as rows. Never edited: a change of the schema is a new migration. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import type { Capabilities } from "../capabilities.ts";
import { primaryKey, required } from "./table-parts.ts";

export function makeSmallBlobsMigration({ binaryType }: Capabilities): Migration {
  const binary = sql.raw(binaryType);
  return {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable("small_blobs")
        .addColumn("blob_id", binary, primaryKey)
        .addColumn("bytes", binary, required)
        .execute();
    },
  };
}
