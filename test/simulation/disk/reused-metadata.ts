/** One database for many histories, emptied in between: to make the tables takes longer than a history. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteMetadata } from "../../../src/adapters/metadata-sql/sqlite.ts";
import type { MetadataStore } from "../../../src/ports/metadata-store.ts";
import { silentLogger } from "../../support/metadata-builders.ts";

export interface ReusedMetadata {
  readonly metadata: MetadataStore;
  /** As after its creation. */
  empty(): void;
  close(): Promise<void>;
}

/** The database is to be as durable as the simulation says, not as the machine is. */
const MEMORY_FOLDER = "/dev/shm";

export async function openReusedMetadata(): Promise<ReusedMetadata> {
  const folder = mkdtempSync(
    join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), "moraine-simulation-"),
  );
  const file = join(folder, "metadata.db");
  const metadata = await openSqliteMetadata({ file, logger: silentLogger });
  const database = new DatabaseSync(file);
  database.exec("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF");
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'schema_%'")
    .all();
  const statements = tables.map(({ name }) => `DELETE FROM "${name}"`).join(";");
  return {
    metadata,
    empty: () => database.exec(`BEGIN; ${statements}; COMMIT`),
    async close() {
      database.close();
      await metadata.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
