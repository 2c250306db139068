/**
 * SQLite files that know names of archives and not their hashes: the cache of glacier-cli, and the mapping
 * that Synology's Glacier Backup keeps in the vault `NAME_mapping`.
 */
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";

export interface ImportedName {
  readonly archiveId: string;
  readonly name: string;
}

export interface NameDatabase {
  readonly names: readonly ImportedName[];
  /** Archives that the tool deleted, with the instant, epoch milliseconds. */
  readonly deleted: readonly { readonly archiveId: string; readonly atMs: number }[];
}

export type NameDatabaseFormat = "glacier-cli" | "synology";

/** Whose file it is, by its tables; `undefined` for one of another program. */
export function findDatabaseFormat(path: string): NameDatabaseFormat | undefined {
  return withDatabase(path, (database) => {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const names = new Set(tables.map(({ name }) => name));
    if (names.has("file_info_tb")) {
      return "synology";
    }
    return names.has("archive") ? "glacier-cli" : undefined;
  });
}

/** What glacier-cli knows of `vaultName`. Throws a `VerbFailure` naming the file and what is wrong. */
export function readGlacierCliCache(path: string, vaultName: string): NameDatabase {
  return withDatabase(path, (database) => {
    const rows = database
      .prepare("SELECT id, name, deleted_here FROM archive WHERE vault = ? ORDER BY id")
      .all(vaultName);
    const deleted = rows.flatMap(({ id, deleted_here }) =>
      typeof deleted_here === "number"
        ? [{ archiveId: String(id), atMs: Math.floor(deleted_here * 1000) }]
        : [],
    );
    return { names: rows.flatMap(({ id, name }) => nameOf(id, name)), deleted };
  });
}

/** Every path of a mapping; several may share one archive. Throws a `VerbFailure` as above. */
export function readSynologyMapping(path: string): NameDatabase {
  return withDatabase(path, (database) => {
    const rows = database
      .prepare(
        "SELECT archiveID, shareName, basePath FROM file_info_tb ORDER BY shareName, basePath",
      )
      .all();
    const names = rows.flatMap(({ archiveID, shareName, basePath }) =>
      nameOf(archiveID, joinPath(String(shareName ?? ""), String(basePath ?? ""))),
    );
    return { names, deleted: [] };
  });
}

function nameOf(archiveId: unknown, name: unknown): ImportedName[] {
  return typeof archiveId === "string" && typeof name === "string" && name.trim() !== ""
    ? [{ archiveId, name }]
    : [];
}

function joinPath(share: string, path: string): string {
  return [share, path]
    .map((part) => part.replaceAll(/^\/+|\/+$/g, ""))
    .filter(Boolean)
    .join("/");
}

function withDatabase<Result>(path: string, use: (database: DatabaseSync) => Result): Result {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    return use(database);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VerbFailure(EXIT.failed, `${path} can't be read as a SQLite file: ${reason}`, {
      cause,
    });
  } finally {
    database?.close();
  }
}
