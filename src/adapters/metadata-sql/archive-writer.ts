/**
 * Stores batches of small archives, each in one transaction of one connection. A thread loads this, so it is SQL by
 * hand: what builds queries takes longer to load than all of it.
 */
import type { DatabaseSync } from "node:sqlite";
import { assert } from "../../std/assert.ts";
import {
  type ArchiveBatch,
  type ArchiveRow,
  unpackArchives,
  type VaultChange,
} from "./archive-batch.ts";

const INSERT_BLOB = "INSERT INTO small_blobs (blob_id, bytes) VALUES (?, ?)";
const INSERT_PART = `
  INSERT INTO manifest_parts (manifest_id, start_bytes, size_bytes, blob_id, tree_hash, leaves)
  VALUES (?1, 0, ?2, ?3, ?4, ?4)`;
const INSERT_ARCHIVE = `
  INSERT INTO archives (archive_id, vault_id, created_at_ms, created_sequence, size_bytes, manifest_id, tree_hash,
    sha256, description)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)`;
const CHANGE_VAULT = `
  UPDATE vaults
  SET archive_count = archive_count + ?1, archive_bytes = archive_bytes + ?2, change_sequence = ?3,
    inventory_due_at_ms = coalesce(inventory_due_at_ms, ?4)
  WHERE vault_id = ?5 AND change_sequence = ?6`;

export interface ArchiveWriter {
  /** Commits the whole batch, or throws and has stored nothing of it. Does not wait for the disk. */
  write(batch: ArchiveBatch): void;
}

/** Writes through `database`, in which no transaction is open between two calls. */
export function createArchiveWriter(database: DatabaseSync): ArchiveWriter {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  const insertBlob = database.prepare(INSERT_BLOB);
  const insertPart = database.prepare(INSERT_PART);
  const insertArchive = database.prepare(INSERT_ARCHIVE);
  const changeVault = database.prepare(CHANGE_VAULT);
  const insert = (row: ArchiveRow): void => {
    const { archiveId, manifestId, blobId, hash, vaultId, sizeBytes } = row;
    const { createdAtMs, createdSequence, description } = row;
    insertBlob.run(blobId, row.stored);
    insertPart.run(manifestId, sizeBytes, blobId, hash);
    const places = [vaultId, createdAtMs, createdSequence, sizeBytes] as const;
    insertArchive.run(archiveId, ...places, manifestId, hash, description);
  };
  const change = (vault: VaultChange): void => {
    const { archiveCount, archiveBytes, toSequence, inventoryDueAtMs, vaultId } = vault;
    const values = [archiveCount, archiveBytes, toSequence, inventoryDueAtMs] as const;
    const { changes } = changeVault.run(...values, vaultId, vault.fromSequence);
    assert(Number(changes) === 1, `vault ${vaultId} was changed while archives were added to it`);
  };
  return {
    write: (batch) => {
      begin.run();
      try {
        for (const row of unpackArchives(batch)) {
          insert(row);
        }
        batch.vaults.forEach(change);
        commit.run();
      } catch (error) {
        // Of itself the database takes everything back after some errors, such as a full disk.
        if (database.isTransaction) {
          rollback.run();
        }
        throw error;
      }
    },
  };
}
