/**
 * Where `fsck --repair-from` takes blobs from: a folder with blobs, or objects of an S3-compatible service. Small
 * blobs are rows of the metadata there.
 */
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { BlobEncryption } from "../../adapters/blobs-filesystem/blob-cipher.ts";
import { openFilesystemBlobs } from "../../adapters/blobs-filesystem/filesystem-blobs.ts";
import { createSmallBlobForm } from "../../adapters/blobs-filesystem/small-blob-form.ts";
import { createS3Copy, type S3Copy, S3CopyError } from "../../adapters/blobs-s3-copy/s3-copy.ts";
import { RowsFirst } from "../../adapters/blobs-small/rows-first.ts";
import { MIB, SMALL_BLOB_MAX_BYTES } from "../../domain/limits.ts";
import type { BlobSource } from "../../engine/scrub/heal-part.ts";
import type { RepairSource } from "../../engine/scrub/repair-blobs.ts";
import type { Logger } from "../../ports/logger.ts";
import type { DataFolder } from "../data-folder.ts";
import {
  BACKUP_MARKER,
  BackupError,
  findBackupState,
  METADATA_NAME,
  parseBackupState,
} from "./backup-set.ts";
import { type CopiedRows, noRows, openCopiedRows } from "./copied-rows.ts";

/** Nothing is written through a source. */
const BUFFER_BYTES = 4 * MIB;
const STAGING_PREFIX = "repair-";

/** There is no copy at that place, or it can't be read; the message says which and why. */
export class RepairSourceError extends Error {
  override readonly name = "RepairSourceError";
}

export interface OpenRepairSource extends RepairSource {
  close(): Promise<void>;
}

export interface RepairSourceOptions {
  /** An absolute path, or `s3://bucket/prefix`. */
  readonly from: string;
  /** What is repaired; objects are fetched into a folder in it. */
  readonly folder: Pick<DataFolder, "path" | "blobsPath">;
  /** As the settings name it; the SDK's own way unless given. */
  readonly s3Endpoint: string | undefined;
  /** What the blobs of the copy are encrypted with, as those that are repaired. */
  readonly encryption: BlobEncryption | undefined;
  readonly logger: Logger;
}

/** Throws `RepairSourceError`. */
export async function openRepairSource(options: RepairSourceOptions): Promise<OpenRepairSource> {
  const { from } = options;
  if (from.startsWith("s3://")) {
    return await openS3Source(options);
  }
  if (!isAbsolute(from)) {
    throw new RepairSourceError(
      `the copy must be an absolute path on the machine of the service, or s3://bucket/prefix; got "${from}"`,
    );
  }
  return await openFolderSource(options);
}

async function openFolderSource(options: RepairSourceOptions): Promise<OpenRepairSource> {
  const { from, folder } = options;
  const path = await findBlobsFolder(from);
  if (path === undefined) {
    throw new RepairSourceError(
      `${from} is no data folder, backup with blobs, or mirror: it has no folder blobs/data`,
    );
  }
  if ((await realpath(path)) === (await realpath(folder.blobsPath))) {
    throw new RepairSourceError(`${from} is what is to be repaired; give a second copy`);
  }
  const files = await openReadOnly(path, options);
  const rows = await openCopiedRows(await findMetadata(from), options.logger);
  const blobs = withRows(rows, files, options);
  return {
    open: async () => blobs,
    release: async () => undefined,
    close: async () => {
      rows.close();
      await files.close();
    },
  };
}

function withRows(
  rows: CopiedRows,
  files: BlobSource,
  { encryption }: Pick<RepairSourceOptions, "encryption">,
): BlobSource {
  return new RowsFirst({ rows, form: createSmallBlobForm(encryption), files });
}

/** That of a data folder, or of the state of a backup that counts; a mirror has none. */
async function findMetadata(from: string): Promise<string> {
  const state = await orRefusal(findBackupState(from));
  return join(from, state?.folder ?? "", METADATA_NAME);
}

/** The folder itself may be a copy of the folder `blobs`. */
async function findBlobsFolder(from: string): Promise<string | undefined> {
  for (const path of [join(from, "blobs"), from]) {
    try {
      if ((await stat(join(path, "data"))).isDirectory()) {
        return path;
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") {
        throw new RepairSourceError(`${from} can't be read (${code})`, { cause: error });
      }
    }
  }
  return undefined;
}

/** Each object that is needed lies in a folder of its own while it is read, as it lies in the folder `blobs`. */
async function openS3Source(options: RepairSourceOptions): Promise<OpenRepairSource> {
  const { from, folder, s3Endpoint } = options;
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(from) ?? [];
  if (bucket === "") {
    throw new RepairSourceError(
      `the copy must be s3://bucket or s3://bucket/prefix; got "${from}"`,
    );
  }
  await removeOldStaging(folder.path);
  const staging = await mkdtemp(join(folder.path, STAGING_PREFIX));
  const copy = createS3Copy({ bucket, prefix, endpoint: s3Endpoint });
  const files = await openReadOnly(staging, options);
  let rows: CopiedRows | undefined;
  const pathOf = (blobId: string) => join(staging, "data", blobId.slice(-2), blobId);
  return {
    open: async ({ blobId, sizeBytes }) => {
      const path = pathOf(blobId);
      await mkdir(join(staging, "data", blobId.slice(-2)), { recursive: true, mode: 0o700 });
      const isThere = await orRefusal(
        copy.fetch(blobId, { path, sizeBytesMax: 2 * sizeBytes + MIB }),
      );
      if (isThere || sizeBytes > SMALL_BLOB_MAX_BYTES) {
        return isThere ? files : undefined;
      }
      rows ??= await orRefusal(fetchRows(copy, { from, staging, logger: options.logger }));
      return withRows(rows, files, options);
    },
    release: (blobId) => rm(pathOf(blobId), { force: true }),
    close: async () => {
      copy.close();
      rows?.close();
      await files.close();
      await rm(staging, { recursive: true, force: true });
    },
  };
}

/** The metadata that lie beside the blobs in the bucket, fetched once, when the first small blob is needed. */
async function fetchRows(
  copy: S3Copy,
  place: { readonly from: string; readonly staging: string; readonly logger: Logger },
): Promise<CopiedRows> {
  const markerPath = join(place.staging, BACKUP_MARKER);
  const hasMarker = await copy.fetchFile(BACKUP_MARKER, markerPath);
  const state = hasMarker
    ? parseBackupState(place.from, await readFile(markerPath, "utf8"))
    : undefined;
  const name = state ? `${state.folder}/${METADATA_NAME}` : METADATA_NAME;
  const path = join(place.staging, METADATA_NAME);
  return (await copy.fetchFile(name, path)) ? await openCopiedRows(path, place.logger) : noRows;
}

/** What a repair left that was killed. */
async function removeOldStaging(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name.startsWith(STAGING_PREFIX)) {
      await rm(join(path, name), { recursive: true, force: true });
    }
  }
}

async function orRefusal<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof S3CopyError || error instanceof BackupError) {
      throw new RepairSourceError(error.message, { cause: error });
    }
    throw error;
  }
}

function openReadOnly(folder: string, { encryption, logger }: RepairSourceOptions) {
  return openFilesystemBlobs({
    folder,
    logger,
    encryption,
    readOnly: true,
    workers: 1,
    bufferBytesMax: BUFFER_BYTES,
  });
}
