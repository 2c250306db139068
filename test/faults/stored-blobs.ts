/** The blobs of a data folder, files and rows, beside what its metadata refers to (docs/format.md). */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

export interface BlobComparison {
  /** Files and rows that nothing refers to. */
  readonly leftovers: readonly string[];
  /** Blobs that are referred to and have neither a file nor a row. */
  readonly missing: readonly string[];
  /** Files of uploads that are not finished. */
  readonly temporary: readonly string[];
  /** Blobs that have both. */
  readonly sound: number;
}

/** Compares once; on a running server the two sides may be of different instants. */
export async function compareBlobs(dataDir: string): Promise<BlobComparison> {
  const metadata = join(dataDir, "metadata.db");
  const files = await listFiles(join(dataDir, "blobs", "data"));
  const temporary = await listFiles(join(dataDir, "blobs", "tmp"));
  for (const row of listIds(metadata, "small_blobs")) {
    files.add(row);
  }
  const known = listIds(metadata, "manifest_parts");
  return {
    leftovers: [...files].filter((name) => !known.has(name)),
    missing: [...known].filter((name) => !files.has(name)),
    temporary: [...temporary],
    sound: [...files].filter((name) => known.has(name)).length,
  };
}

/** Compares until files and metadata agree, for at most `boundMs`; resolves with the last comparison. */
export async function awaitSoundBlobs(dataDir: string, boundMs: number): Promise<BlobComparison> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    const comparison = await compareBlobs(dataDir);
    const { leftovers, missing, temporary } = comparison;
    const isSound = leftovers.length + missing.length + temporary.length === 0;
    if (isSound || performance.now() > deadline) {
      return comparison;
    }
    await sleep(200);
  }
}

async function listFiles(folder: string): Promise<Set<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
}

function listIds(path: string, table: "manifest_parts" | "small_blobs"): Set<string> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare(`SELECT lower(hex(blob_id)) AS name FROM ${table}`).all();
    return new Set(rows.map((row) => String(row["name"])));
  } finally {
    database.close();
  }
}
