/**
 * Copies of the metadata file, made while the service writes it. What is asked of a copy is asked in SQL of SQLite,
 * whatever the schema's later migrations add: only the oldest tables are named, and that of small blobs if it is there.
 */
import { open } from "node:fs/promises";
import { backup, DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { BlobId } from "../../domain/ids.ts";
import { formatHex } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";
import { formatHexId, parseHexId } from "./columns.ts";

/** Pages copied before the event loop has its turn: 800 KiB. */
const PAGES_PER_STEP = 200;
const BUSY_TIMEOUT_MS = 5_000;
const BLOBS_PAGE = 1_000;
const KNOWN_BLOBS_PER_QUERY = 512;
const INSTALLATION_BYTES = 16;
/** So many complaints of SQLite about a file are enough. */
const COMPLAINTS_MAX = 10;
/** Enough to hold the header of an encrypted blob. */
const HEAD_BYTES = 192;

/**
 * Copies the database in `file` as it is at one instant into the new file `target`, durably but for the entry in
 * its folder. Copying happens on another thread; writers go on meanwhile, and their log grows. Throws SQLite's
 * errors and the reason of `signal`; a part of `target` may then be left.
 */
export async function copyDatabase(
  { file, target }: { readonly file: string; readonly target: string },
  signal: AbortSignal,
): Promise<void> {
  const source = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    // An open read transaction keeps this instant for all steps, however many writers there are.
    source.exec("BEGIN");
    source.prepare("SELECT count(*) FROM boots").get();
    await backup(source, target, {
      rate: PAGES_PER_STEP,
      progress: () => signal.throwIfAborted(),
    });
  } finally {
    source.close();
  }
  // Without a log beside it the copy is one file, which whoever reads it does not change.
  const copy = new DatabaseSync(target);
  try {
    copy.exec("PRAGMA journal_mode = DELETE");
  } finally {
    copy.close();
  }
  const written = await open(target, "r+");
  try {
    await written.chmod(0o600);
    await written.sync();
  } finally {
    await written.close();
  }
}

/** A blob that a copy names. */
export interface NamedBlob {
  readonly blobId: BlobId;
  readonly sizeBytes: number;
  /** What the copy itself holds of it: its length there, and its first bytes; `undefined` when it is no row. */
  readonly row: { readonly storedBytes: number; readonly head: Uint8Array } | undefined;
}

/** A copy, opened to be read. */
export interface DatabaseCopy {
  /** Blobs that archives, uploads and outputs need, a thousand at a time; not those of garbage. */
  listBlobs(): Iterable<readonly NamedBlob[]>;
  /** Those of `blobIds` that are among them. */
  findNamed(blobIds: readonly BlobId[]): ReadonlySet<BlobId>;
  /** The bytes of a small blob as they are kept; `undefined` when it is no row. */
  findRow(blobId: BlobId): Uint8Array | undefined;
  /** The largest boot it knows, 0 when none. */
  lastBoot(): number;
  /** What tells this service's metadata from those of others. */
  installation(): string;
  /** What SQLite finds wrong with the file; empty when it is sound. Reads all of it. */
  listComplaints(): readonly string[];
  close(): void;
}

/**
 * Opens the copy in `file`; one that is at rest is never written by anybody, so that nothing is made beside it
 * either. Throws SQLite's errors.
 */
export function openDatabaseCopy(
  file: string,
  { isAtRest = false }: { readonly isAtRest?: boolean } = {},
): DatabaseCopy {
  const place = isAtRest ? `${pathToFileURL(file)}?immutable=1` : file;
  const database = new DatabaseSync(place, { readOnly: true });
  return {
    listBlobs: () => listBlobs(database),
    findRow: (blobId) => findRow(database, blobId),
    findNamed: (blobIds) => findNamed(database, blobIds),
    lastBoot: () => Number(database.prepare("SELECT max(boot) AS boot FROM boots").get()?.["boot"]),
    installation: () => describeInstallation(database),
    listComplaints: () => listComplaints(database),
    close: () => database.close(),
  };
}

/** The collector removes the blobs of unpinned garbage, so that some of them may be gone already. */
const IS_NEEDED = `NOT EXISTS (
  SELECT 1 FROM garbage_manifests AS garbage WHERE garbage.manifest_id = part.manifest_id
  AND NOT EXISTS (SELECT 1 FROM pins WHERE pins.manifest_id = part.manifest_id)
)`;

function* listBlobs(database: DatabaseSync): Generator<readonly NamedBlob[], void, void> {
  const [columns, join] = hasRows(database)
    ? [
        `length(small.bytes) AS stored_bytes, substr(small.bytes, 1, ${HEAD_BYTES}) AS head`,
        "LEFT JOIN small_blobs AS small ON small.blob_id = part.blob_id",
      ]
    : ["NULL AS stored_bytes, NULL AS head", ""];
  const page = database.prepare(
    `SELECT part.rowid AS place, part.blob_id, part.size_bytes, ${columns}
     FROM manifest_parts AS part ${join}
     WHERE part.rowid > ? AND ${IS_NEEDED} ORDER BY part.rowid LIMIT ${BLOBS_PAGE}`,
  );
  let place = 0;
  for (;;) {
    const rows = page.all(place);
    if (rows.length === 0) {
      return;
    }
    place = Number(rows.at(-1)?.["place"]);
    yield rows.map((row) => ({
      // The column holds 16 bytes, by the schema.
      blobId: formatHexId<BlobId>(row["blob_id"] as Uint8Array),
      sizeBytes: Number(row["size_bytes"]),
      row: rowOf(row),
    }));
  }
}

/** What `substr` makes of no bytes is null. */
function rowOf(columns: Readonly<Record<string, unknown>>): NamedBlob["row"] {
  const { stored_bytes: storedBytes, head } = columns;
  return storedBytes === null
    ? undefined
    : {
        storedBytes: Number(storedBytes),
        head: head instanceof Uint8Array ? head : new Uint8Array(0),
      };
}

/** Whether the file is of a version that keeps small blobs in it. */
function hasRows(database: DatabaseSync): boolean {
  const table = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'small_blobs'").get();
  return table !== undefined;
}

function findRow(database: DatabaseSync, blobId: BlobId): Uint8Array | undefined {
  if (!hasRows(database)) {
    return undefined;
  }
  const query = database.prepare("SELECT bytes FROM small_blobs WHERE blob_id = ?");
  const bytes = query.get(parseHexId(blobId))?.["bytes"];
  return bytes instanceof Uint8Array ? bytes : undefined;
}

function findNamed(database: DatabaseSync, blobIds: readonly BlobId[]): ReadonlySet<BlobId> {
  const named = new Set<BlobId>();
  for (let start = 0; start < blobIds.length; start += KNOWN_BLOBS_PER_QUERY) {
    const chunk = blobIds.slice(start, start + KNOWN_BLOBS_PER_QUERY).map(parseHexId);
    const marks = chunk.map(() => "?").join(",");
    const rows = database
      .prepare(
        `SELECT blob_id FROM manifest_parts AS part WHERE blob_id IN (${marks}) AND ${IS_NEEDED}`,
      )
      .all(...chunk);
    for (const row of rows) {
      named.add(formatHexId<BlobId>(row["blob_id"] as Uint8Array));
    }
  }
  return named;
}

/** The check of the secrets is sealed once, at the first start, with randomness of its own. */
function describeInstallation(database: DatabaseSync): string {
  const row = database.prepare("SELECT sealed FROM sealed_checks ORDER BY check_id").get();
  const sealed = row?.["sealed"];
  return sealed instanceof Uint8Array
    ? formatHex(sha256(sealed).subarray(0, INSTALLATION_BYTES))
    : "none";
}

function listComplaints(database: DatabaseSync): readonly string[] {
  try {
    return database
      .prepare(`PRAGMA integrity_check(${COMPLAINTS_MAX})`)
      .all()
      .map((row) => String(row["integrity_check"]))
      .filter((text) => text !== "ok");
  } catch (error) {
    if (isDamage(error)) {
      return [(error as Error).message];
    }
    throw error;
  }
}

/** Whether SQLite can't make sense of the file: SQLITE_CORRUPT or SQLITE_NOTADB in the low byte. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" && [11, 26].includes(code & 0xff);
}
