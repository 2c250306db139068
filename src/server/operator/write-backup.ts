/**
 * Writes a backup. First the metadata as it is at one instant, then every blob that it names, while the collector
 * is held back from removing any of them; so metadata and blobs of a finished backup always belong together. See
 * docs/guide/backup.md for what a crash after each step leaves.
 */
import { copyFile, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type BlobReplica,
  isWholeBlob,
  openBlobReplica,
} from "../../adapters/blobs-filesystem/blob-replica.ts";
import {
  copyDatabase,
  type DatabaseCopy,
  type NamedBlob,
  openDatabaseCopy,
} from "../../adapters/metadata-sql/database-copy.ts";
import type { CollectionHold } from "../../engine/maintenance/collection-hold.ts";
import type { TellEvent } from "../../http/operator-services.ts";
import { syncFolder } from "../../std/durable-file-node.ts";
import type { DataFolder } from "../data-folder.ts";
import type { BackupPlace } from "./backup-place.ts";
import {
  BackupError,
  type BackupState,
  BLOBS_NAME,
  findBackupState,
  METADATA_NAME,
  SMALL_FILES,
  STATE_NAME,
  writeBackupMarker,
} from "./backup-set.ts";

export interface BackupOptions {
  readonly folder: DataFolder;
  readonly place: BackupPlace;
  readonly blobs: boolean;
  /** Keeps blobs that the copy names; none for a folder that nobody uses. */
  readonly hold: Pick<CollectionHold, "acquire"> | undefined;
  readonly nowMs: number;
  readonly tell: TellEvent;
}

/** What was written. */
export interface BackupResult {
  readonly Directory: string;
  readonly CreatedAt: string;
  readonly Blobs: boolean;
  readonly BlobCount: number;
  readonly BlobBytes: number;
  /** How the blobs came in: already there, by hard links, by copies, or within the metadata. */
  readonly Present: number;
  readonly Linked: number;
  readonly Copied: number;
  readonly InMetadata: number;
  /** Blobs that the service itself has lost or damaged: they are not in the backup. */
  readonly DamagedBlobs: number;
  /** The first of them. */
  readonly Damaged: readonly string[];
  readonly Files: readonly string[];
  /** What the backup does not hold because it lies elsewhere. */
  readonly Notes: readonly string[];
}

const BLOBS_AT_ONCE = 8;
const DAMAGED_SHOWN_MAX = 100;

/** Resolves when the backup is durable. Throws `BackupError`, errors of the file system, or the signal's reason. */
export async function writeBackup(
  options: BackupOptions,
  signal: AbortSignal,
): Promise<BackupResult> {
  const { place, hold } = options;
  const earlier = (await findBackupState(place.path)) ?? undefined;
  if (earlier?.blobs === true && !options.blobs) {
    throw new BackupError(
      `${place.path} is a backup with blobs; it can only be continued with them`,
    );
  }
  const release = options.blobs ? await hold?.acquire() : undefined;
  try {
    return await writeState(options, earlier, signal);
  } finally {
    release?.();
  }
}

async function writeState(
  options: BackupOptions,
  earlier: BackupState | undefined,
  signal: AbortSignal,
): Promise<BackupResult> {
  const { folder, place } = options;
  const createdAt = new Date(options.nowMs).toISOString();
  const name = `state-${createdAt.replaceAll(/[-:.]/g, "")}`;
  const stateFolder = join(place.path, name);
  await rm(stateFolder, { recursive: true, force: true });
  await mkdir(stateFolder, { mode: 0o700 });
  const metadata = join(stateFolder, METADATA_NAME);
  await options.tell({ Event: "Progress", Phase: "metadata" });
  await copyDatabase({ file: folder.metadataPath, target: metadata }, signal);
  const files = await copySmallFiles(folder.path, stateFolder);
  await syncFolder(stateFolder);
  const copy = openDatabaseCopy(metadata);
  try {
    const installation = copy.installation();
    if (earlier !== undefined && earlier.installation !== installation) {
      throw new BackupError(`${place.path} is a backup of another service`);
    }
    const replica = options.blobs ? await openReplica(options) : undefined;
    const sums =
      replica === undefined ? createSums() : await addBlobs(options, { copy, replica, signal });
    await syncFolder(place.path);
    const state: BackupState = {
      folder: name,
      createdAt,
      installation,
      lastBoot: copy.lastBoot(),
      blobs: options.blobs,
      blobCount: sums.blobCount,
      blobBytes: sums.blobBytes,
      damagedBlobs: sums.damaged,
      files,
    };
    // From here on the new state counts; what follows only frees room.
    await writeBackupMarker(place.path, state);
    await removeOldStates(place.path, name);
    await replica?.prune((blobIds) => copy.findNamed(blobIds));
    return describeResult(place.path, state, sums);
  } finally {
    copy.close();
  }
}

/** Files that the service reads once it is started again; each is small and replaced as a whole. */
async function copySmallFiles(from: string, to: string): Promise<BackupState["files"]> {
  const copied: BackupState["files"] = [];
  for (const name of SMALL_FILES) {
    try {
      await copyFile(join(from, name), join(to, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        continue;
      }
      throw error;
    }
    const file = await open(join(to, name), "r+");
    try {
      await file.chmod(0o600);
      await file.sync();
    } finally {
      await file.close();
    }
    copied.push(name);
  }
  return copied;
}

function openReplica({ folder, place }: BackupOptions): Promise<BlobReplica> {
  const to = join(place.path, BLOBS_NAME);
  return openBlobReplica({ from: folder.blobsPath, to, mayLink: true });
}

type Sums = ReturnType<typeof createSums>;

function createSums() {
  const damagedIds: string[] = [];
  const ways = { present: 0, linked: 0, copied: 0, inMetadata: 0 };
  return { blobCount: 0, blobBytes: 0, ...ways, damaged: 0, damagedIds };
}

async function addBlobs(
  options: Pick<BackupOptions, "tell">,
  parts: {
    readonly copy: DatabaseCopy;
    readonly replica: BlobReplica;
    readonly signal: AbortSignal;
  },
): Promise<Sums> {
  const { copy, replica, signal } = parts;
  const sums = createSums();
  for (const page of copy.listBlobs()) {
    for (let index = 0; index < page.length; index += BLOBS_AT_ONCE) {
      signal.throwIfAborted();
      const blobs = page.slice(index, index + BLOBS_AT_ONCE);
      await Promise.all(blobs.map((blob) => addBlob(replica, blob, sums)));
    }
    await options.tell({
      Event: "Progress",
      Phase: "blobs",
      Blobs: sums.blobCount + sums.damaged,
      Bytes: sums.blobBytes,
    });
    await nextTurn();
  }
  await replica.sync();
  return sums;
}

async function addBlob(replica: BlobReplica, blob: NamedBlob, sums: Sums): Promise<void> {
  const { row } = blob;
  const ofRow = row && (isWholeBlob(blob, row) ? "inMetadata" : "damaged");
  const outcome = ofRow ?? (await replica.add(blob));
  switch (outcome) {
    case "missing":
    case "damaged":
      sums.damaged += 1;
      if (sums.damagedIds.length < DAMAGED_SHOWN_MAX) {
        sums.damagedIds.push(blob.blobId);
      }
      return;
    case "present":
    case "linked":
    case "copied":
    case "inMetadata":
      sums[outcome] += 1;
      sums.blobCount += 1;
      sums.blobBytes += blob.sizeBytes;
      return;
  }
}

async function removeOldStates(path: string, kept: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (STATE_NAME.test(name) && name !== kept) {
      await rm(join(path, name), { recursive: true, force: true });
    }
  }
}

function describeResult(path: string, state: BackupState, sums: Sums): BackupResult {
  const lacks = (name: BackupState["files"][number]) => !state.files.includes(name);
  return {
    Directory: path,
    CreatedAt: state.createdAt,
    Blobs: state.blobs,
    BlobCount: sums.blobCount,
    BlobBytes: sums.blobBytes,
    Present: sums.present,
    Linked: sums.linked,
    Copied: sums.copied,
    InMetadata: sums.inMetadata,
    DamagedBlobs: sums.damaged,
    Damaged: sums.damagedIds,
    Files: [METADATA_NAME, ...state.files],
    Notes: [
      ...(lacks("secrets.key")
        ? ["The encryption key lies in the file that encryption-key-file names: keep a copy of it."]
        : ["secrets.key opens the stored credentials: guard the backup as you guard the service."]),
      ...(lacks("root-credentials.json")
        ? ["The root credentials are given by the settings: keep a copy of them."]
        : []),
      ...(state.blobs
        ? []
        : [
            "The bytes of archives are not part of it (--blobs), but for small ones, which the metadata hold.",
          ]),
      "The audit log is not part of it: copy the folder audit of the data folder.",
      "Results of select jobs are not part of it: copy the folder buckets of the data folder.",
    ],
  };
}
