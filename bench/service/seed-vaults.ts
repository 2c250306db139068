/**
 * Vaults with many archive records and no bytes behind them, written straight into the metadata of a stopped service.
 * Rows, ids and counters are those that as many uploads of 4 KiB would have left; SQLite alone makes them, because
 * ten million calls would take longer than everything that is measured with them.
 */
import { DatabaseSync } from "node:sqlite";
import { credentials } from "./server-under-test.ts";

export interface SeededVault {
  readonly name: string;
  readonly archives: number;
}

const SIZE_BYTES = 4096;
/** The first archive's; the next is a millisecond younger. */
const FIRST_CREATED_AT_MS = 1_700_000_000_000;
/** Rows that go into one transaction. */
const BATCH = 1_000_000;

/** Adds the vaults to the metadata in `file`, which a service made and left. */
export function seedVaults(file: string, vaults: readonly SeededVault[]): void {
  const database = new DatabaseSync(file);
  try {
    // A crash while seeding leaves a folder that nobody needs.
    database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA cache_size = -131072;
    `);
    let firstMs = FIRST_CREATED_AT_MS;
    for (const { name, archives } of vaults) {
      const vaultId = insertVault(database, { name, archives });
      for (let done = 0; done < archives; done += BATCH) {
        const count = Math.min(BATCH, archives - done);
        database.exec("BEGIN");
        insertArchives(database, { vaultId, done, count, firstMs });
        database.exec("COMMIT");
      }
      firstMs += archives;
    }
    // As the service leaves it.
    database.exec("PRAGMA journal_mode = WAL");
  } finally {
    database.close();
  }
}

function insertVault(database: DatabaseSync, { name, archives }: SeededVault): number {
  const { lastInsertRowid } = database
    .prepare(
      `insert into vaults (account_id, region, vault_name, created_at_ms, archive_count, archive_bytes,
         change_sequence, tags) values (?, 'us-east-1', ?, ?, ?, ?, ?, '[]')`,
    )
    .run(
      credentials.accountId,
      name,
      FIRST_CREATED_AT_MS,
      archives,
      BigInt(archives) * BigInt(SIZE_BYTES),
      archives,
    );
  return Number(lastInsertRowid);
}

/** Ids begin with the instant, as the service's own do, so that every index grows at its end. */
const ARCHIVES = `
  with recursive made(i, hash) as (
    select :done, randomblob(32)
    union all select i + 1, randomblob(32) from made where i + 1 < :done + :count
  )
  insert into archives (archive_id, vault_id, created_at_ms, created_sequence, size_bytes, manifest_id, tree_hash,
    sha256, description)
  select cast(unhex(format('%012x0000', :firstMs + i)) || randomblob(95) as blob), :vaultId, :firstMs + i, i + 1,
    ${SIZE_BYTES}, cast(unhex(format('%012x0001', :firstMs + i)) || randomblob(8) as blob), hash, hash,
    format('seeded archive %d', i)
  from made`;

/** The one part of each, in the order of the ids; the blob is of the service's first boot. */
const PARTS = `
  insert into manifest_parts (manifest_id, start_bytes, size_bytes, blob_id, tree_hash, leaves)
  select manifest_id, 0, size_bytes, cast(unhex(format('00000001%012x0002', created_at_ms)) || randomblob(4) as blob),
    tree_hash, tree_hash
  from archives not indexed where rowid > :lastRow`;

function insertArchives(
  database: DatabaseSync,
  range: {
    readonly vaultId: number;
    readonly done: number;
    readonly count: number;
    readonly firstMs: number;
  },
): void {
  const last = database.prepare("select coalesce(max(rowid), 0) as row from archives").get();
  database.prepare(ARCHIVES).run(range);
  database.prepare(PARTS).run({ lastRow: Number(last?.["row"]) });
}

/** Ids of archives of the vault, spread over all of it, as they go over the wire. */
export function pickArchiveIds(file: string, vault: SeededVault, count: number): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const pick = database.prepare(
      `select archive_id from archives join vaults using (vault_id)
       where vault_name = ? and archives.created_at_ms >= (
         select min(other.created_at_ms) from archives other where other.vault_id = vaults.vault_id
       ) + ? order by archives.created_at_ms limit 1`,
    );
    const step = Math.floor(vault.archives / count);
    return Array.from({ length: count }, (_, index) => {
      const id = pick.get(vault.name, index * step)?.["archive_id"];
      // The column holds bytes; SQLite's types can't say so.
      return Buffer.from(id as Uint8Array).toString("base64url");
    });
  } finally {
    database.close();
  }
}
