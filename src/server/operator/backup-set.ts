/**
 * A backup on disk. `moraine-backup.json` is the one file that says which state counts, and it is replaced by a
 * rename: a run that is cut short leaves the earlier backup as it was. See docs/guide/backup.md.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeFileDurably } from "../../std/durable-file-node.ts";
import { findJsonValue } from "../../std/json-file-node.ts";

export const BACKUP_MARKER = "moraine-backup.json";
/** The version of the layout that this version of Moraine writes and reads. */
const BACKUP_FORMAT = 1;

/** The folder of a state, such as `state-20260131T094500123Z`; it holds `metadata.db` and small files. */
export const STATE_NAME = /^state-\d{8}T\d{9}Z$/;
export const METADATA_NAME = "metadata.db";
export const BLOBS_NAME = "blobs";

/** Files of the data folder that a state holds when the folder has them; all are 0600. */
export const SMALL_FILES = [
  "moraine-format.json",
  "root-credentials.json",
  "secrets.key",
  "notification-signing.json",
  "encryption.json",
] as const;

const stateSchema = z.object({
  folder: z.string().regex(STATE_NAME),
  createdAt: z.string(),
  /** Which service it is of. */
  installation: z.string(),
  lastBoot: z.int().nonnegative(),
  /** Whether the blobs are part of it. */
  blobs: z.boolean(),
  blobCount: z.int().nonnegative(),
  blobBytes: z.int().nonnegative(),
  /** Blobs that the service itself had lost or damaged already. */
  damagedBlobs: z.int().nonnegative(),
  files: z.array(z.enum(SMALL_FILES)),
});
const markerSchema = z.object({
  software: z.literal("moraine"),
  backup: z.int().positive(),
  /** Null until the first run has finished. */
  state: stateSchema.nullable(),
});

export type BackupState = z.infer<typeof stateSchema>;

/** The folder can't be used for a backup, or as one; the message says why. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}

/** Makes `state` the one that counts, durably. */
export async function writeBackupMarker(path: string, state: BackupState | null): Promise<void> {
  const marker = { software: "moraine", backup: BACKUP_FORMAT, state };
  await writeFileDurably(join(path, BACKUP_MARKER), `${JSON.stringify(marker)}\n`, 0o600);
}

/**
 * The state that counts, null while there is none yet, `undefined` when the folder is no backup. Throws
 * `BackupError` for a marker that is damaged or of a newer version.
 */
export async function findBackupState(path: string): Promise<BackupState | null | undefined> {
  let text: string;
  try {
    text = await readFile(join(path, BACKUP_MARKER), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      return undefined;
    }
    throw new BackupError(`${path} can't be read (${code})`, { cause: error });
  }
  return parseBackupState(path, text);
}

/** The state in the text of a marker; see `findBackupState`. */
export function parseBackupState(path: string, text: string): BackupState | null {
  const marker = markerSchema.safeParse(findJsonValue(text));
  if (!marker.success) {
    throw new BackupError(`${path} has a damaged ${BACKUP_MARKER}`);
  }
  if (marker.data.backup > BACKUP_FORMAT) {
    throw new BackupError(
      `${path} was written by a newer version of Moraine (backup format ${marker.data.backup}, this` +
        ` version knows up to ${BACKUP_FORMAT}); use that version`,
    );
  }
  return marker.data.state;
}
