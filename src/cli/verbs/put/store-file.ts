/** A file as an archive of a vault, with the records that make a crash at any point harmless. */
import { GlacierServiceError, SourceChangedError } from "../../../client/errors.ts";
import { stampFile } from "../../../client/hash-source.ts";
import { decideTransfer } from "../../../client/transfer/part-plan.ts";
import {
  hashLocalFile,
  type LocalFile,
  UploadMismatchError,
  uploadFileInParts,
  uploadWholeFile,
} from "../../../client/transfer/upload-file.ts";
import {
  abortUpload,
  completeUpload,
  listStoredParts,
  type StoredUpload,
  startUpload,
  type UploadedArchive,
  type UploadObserver,
  type UploadTarget,
} from "../../../client/transfer/upload-target.ts";
import { formatMt2 } from "../../../domain/descriptions/encode-mt2.ts";
import type { Journal } from "../../catalog/journal.ts";
import type { JournalRecord, UploadStartedRecord } from "../../catalog/journal-record.ts";
import { EXIT } from "../../exit-codes.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { type FoundFile, millisecondsOf } from "./scan-files.ts";

export interface Store {
  readonly target: UploadTarget;
  readonly journal: Pick<Journal, "append" | "path">;
  readonly nowMs: () => number;
  /** Chosen by the size of the file unless given. */
  readonly partSizeBytes: number | undefined;
}

export interface FileToStore {
  readonly file: Pick<FoundFile, "path" | "name"> & { readonly mode?: number };
  /** Of this file under this name. */
  readonly openUploads: readonly UploadStartedRecord[];
}

/**
 * Stores the file in its present state and continues an unfinished upload of that state. Throws
 * `SourceChangedError` when it changes meanwhile, after which nothing of it is in the vault, and what calls
 * and the file system throw.
 *
 * A crash leaves: after the upload was opened and before UPLOAD_STARTED, an empty upload that no journal
 * knows (`moraine uploads` shows it); before CREATED, an upload that the next run finds completed and asks
 * for the id of its archive; for a file sent in one request, an archive that the journal lacks, so that the
 * next run stores the file again (`moraine catalog rebuild` finds the first).
 */
export async function storeFile(
  store: Store,
  { file, openUploads }: FileToStore,
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const local: LocalFile = { path: file.path, stamp: await stampFile(file.path) };
  const { sizeBytes, modifiedNs } = local.stamp;
  const modifiedAtMs = millisecondsOf(modifiedNs);
  const { name, mode } = file;
  const permissions = mode === undefined ? {} : { mode };
  const description = formatMt2({ name, modifiedAtMs, ...permissions });
  const stored: StoredFile = { local, name, modifiedAtMs, description };
  for (const record of openUploads) {
    const archive = await continueUpload(store, { ...stored, record }, observer);
    if (archive !== undefined) {
      return archive;
    }
  }
  const plan = decideTransfer(sizeBytes, store.partSizeBytes);
  if (plan.kind === "whole") {
    const archive = await uploadWholeFile(store.target, { file: local, description }, observer);
    await appendCreated(store, { ...stored, archive });
    return archive;
  }
  const { partSizeBytes } = plan;
  const uploadId = await startUpload(store.target, { description, partSizeBytes });
  const { path } = file;
  await appendRecord(store, {
    ...{ op: "UPLOAD_STARTED", atMs: store.nowMs(), uploadId },
    ...{ name, path, sizeBytes, modifiedAtMs, partSizeBytes },
  });
  return await sendParts(store, { ...stored, uploadId, partSizeBytes }, observer);
}

interface StoredFile {
  readonly local: LocalFile;
  readonly name: string;
  readonly modifiedAtMs: number;
  readonly description: string;
}

interface PartsOfFile extends StoredFile {
  readonly uploadId: string;
  readonly partSizeBytes: number;
  readonly stored?: StoredUpload;
  readonly onCompared?: () => Promise<void>;
}

/** Sends what is missing and records the archive; ends an upload that can't be continued. */
export async function sendParts(
  store: Store,
  parts: PartsOfFile,
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const { target } = store;
  const { local: file, uploadId } = parts;
  try {
    const archive = await uploadFileInParts(target, { ...parts, file }, observer);
    await appendCreated(store, { ...parts, archive, uploadId });
    return archive;
  } catch (error) {
    if (error instanceof SourceChangedError) {
      await endUpload(store, uploadId);
    } else if (isUnknownUpload(error)) {
      await appendRecord(store, { op: "UPLOAD_ENDED", atMs: store.nowMs(), uploadId });
    }
    throw error;
  }
}

/** The archive, or `undefined` when the upload is over and the file is to be sent from its beginning. */
async function continueUpload(
  store: Store,
  open: StoredFile & { readonly record: UploadStartedRecord },
  observer: UploadObserver,
): Promise<UploadedArchive | undefined> {
  const { local, modifiedAtMs, record } = open;
  const { uploadId, partSizeBytes } = record;
  if (record.sizeBytes !== local.stamp.sizeBytes || record.modifiedAtMs !== modifiedAtMs) {
    await endUpload(store, uploadId);
    return undefined;
  }
  const stored = await findStoredParts(store.target, uploadId);
  if (stored === undefined) {
    return await findCompleted(store, open, observer);
  }
  try {
    return await sendParts(store, { ...open, uploadId, partSizeBytes, stored }, observer);
  } catch (error) {
    if (error instanceof UploadMismatchError) {
      await endUpload(store, uploadId);
      return undefined;
    }
    throw error;
  }
}

/** What the service has of an upload; `undefined` when it is completed, aborted or expired. */
export async function findStoredParts(
  target: UploadTarget,
  uploadId: string,
): Promise<StoredUpload | undefined> {
  try {
    return await listStoredParts(target, uploadId);
  } catch (error) {
    if (isUnknownUpload(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Completing again names the archive that it made, when that is what ended the upload. */
async function findCompleted(
  store: Store,
  open: StoredFile & { readonly record: UploadStartedRecord },
  observer: UploadObserver,
): Promise<UploadedArchive | undefined> {
  const { local, record } = open;
  const { uploadId } = record;
  const { sizeBytes } = local.stamp;
  const treeHash = await hashLocalFile(store.target, local);
  try {
    const archive = await completeUpload(store.target, { uploadId, sizeBytes, treeHash });
    await appendCreated(store, { ...open, archive, uploadId });
    observer.onSent(sizeBytes);
    return archive;
  } catch (error) {
    if (error instanceof GlacierServiceError && (error.status === 404 || error.status === 400)) {
      await appendRecord(store, { op: "UPLOAD_ENDED", atMs: store.nowMs(), uploadId });
      return undefined;
    }
    throw error;
  }
}

/** Aborts the upload, which may be over already, and records that. */
export async function endUpload(
  store: Pick<Store, "journal" | "nowMs"> & {
    readonly target: Parameters<typeof abortUpload>[0];
  },
  uploadId: string,
): Promise<void> {
  try {
    await abortUpload(store.target, uploadId);
  } catch (error) {
    if (!isUnknownUpload(error)) {
      throw error;
    }
  }
  await appendRecord(store, { op: "UPLOAD_ENDED", atMs: store.nowMs(), uploadId });
}

/** Records an archive that was acknowledged. */
export async function appendCreated(
  store: Pick<Store, "journal" | "nowMs">,
  created: {
    readonly archive: UploadedArchive;
    readonly name: string;
    readonly modifiedAtMs: number;
    readonly description: string;
    readonly uploadId?: string;
  },
): Promise<void> {
  const { archive, name, modifiedAtMs, description, uploadId } = created;
  try {
    await store.journal.append({
      ...{ op: "CREATED", atMs: store.nowMs(), name, modifiedAtMs, description, uploadId },
      ...archive,
    });
  } catch (error) {
    throw journalFailure(store, error, ` The archive ${archive.archiveId} of ${name} is stored.`);
  }
}

/** Throws a `VerbFailure` when the journal can't be written, after which nothing more should be stored. */
export async function appendRecord(
  store: Pick<Store, "journal">,
  record: JournalRecord,
): Promise<void> {
  try {
    await store.journal.append(record);
  } catch (error) {
    throw journalFailure(store, error, "");
  }
}

/** As `appendRecord`, for the records of the archive with this id, which is stored. */
export async function appendRecords(
  store: Pick<Store, "journal">,
  records: readonly JournalRecord[],
  archiveId: string,
): Promise<void> {
  try {
    await store.journal.append(...records);
  } catch (error) {
    throw journalFailure(store, error, ` The archive ${archiveId} is stored.`);
  }
}

function journalFailure({ journal }: Pick<Store, "journal">, cause: unknown, what: string) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VerbFailure(
    EXIT.failed,
    `the journal ${journal.path} can't be written: ${reason}.${what}`,
    { cause },
  );
}

function isUnknownUpload(error: unknown): boolean {
  return error instanceof GlacierServiceError && error.status === 404;
}
