/**
 * Select jobs: their kind and request use the columns that jobs have. Engines claim jobs by kind, so that queries
 * keep no retrieval waiting; and a program that knows no select jobs refuses a database that may hold some.
 */
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { createIndex } from "./table-parts.ts";

export function makeSelectJobsMigration(): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      await createIndex(db, "jobs_by_kind", "jobs", ["kind", "claimable_at_ms"]);
    },
  };
}
