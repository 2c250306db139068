/** Adds archives without end and prints each id once its transaction is acknowledged; made to be killed. */
import { writeSync } from "node:fs";
import { openSqliteMetadata } from "../../src/adapters/metadata-sql/sqlite.ts";
import { addArchive, buildVaultKey, IdBuilder, NOW_MS, silentLogger } from "./metadata-builders.ts";

const CONCURRENT = 8;

const file = process.argv[2] ?? ":memory:";
const store = await openSqliteMetadata({ file, logger: silentLogger });
const { vaultId } = await store.vaults.insert({ ...buildVaultKey(), createdAtMs: NOW_MS });
const ids = new IdBuilder();

async function addForever(): Promise<never> {
  for (;;) {
    const archive = await store.transaction((session) => addArchive(session, ids, { vaultId }));
    writeSync(1, `${archive.archiveId}\n`);
  }
}

await Promise.all(Array.from({ length: CONCURRENT }, addForever));
