/** `moraine uploads resume`: continues an upload with the bytes of a file, also on another machine. */
import { resolve } from "node:path";
import { stampFile } from "../../../client/hash-source.ts";
import { UploadMismatchError } from "../../../client/transfer/upload-file.ts";
import type {
  StoredUpload,
  UploadedArchive,
  UploadObserver,
} from "../../../client/transfer/upload-target.ts";
import { decodeDescription } from "../../../domain/descriptions/decode-description.ts";
import type { Journal } from "../../catalog/journal.ts";
import type { UploadStartedRecord } from "../../catalog/journal-record.ts";
import { findCatalog, openJournal } from "../../catalog/open-journal.ts";
import { EXIT } from "../../exit-codes.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import { describeVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { usageFailure, VerbFailure } from "../../session/verb-failure.ts";
import { formatSize } from "../../units.ts";
import { millisecondsOf } from "../put/scan-files.ts";
import { appendRecord, type Store, sendParts, storeFile } from "../put/store-file.ts";
import { uploadTargetOf } from "../put/upload-target-of.ts";
import { findVaultOfUpload } from "./find-uploads.ts";

export interface UploadToResume {
  readonly uploadId: string;
  /** The journal's path of the file unless given. */
  readonly file: string | undefined;
  readonly vaultName: string | undefined;
}

/** Sends what is missing; resolves with the exit status. */
export async function resumeUpload(session: Session, wanted: UploadToResume): Promise<number> {
  const { uploadId } = wanted;
  const { vaultName, stored } = await findVaultOfUpload(session, wanted);
  const vault = await describeVault(session, vaultName);
  if (session.flags.dryRun) {
    const catalog = await findCatalog(session, vault);
    const path = pathOf(wanted, catalog?.openUploads.get(uploadId));
    const parts = stored?.parts.length ?? 0;
    session.reporter.data(
      { event: "would-resume", uploadId, path, vault: vaultName, parts },
      `would resume  ${escapeControls(path)}  (${parts} parts are stored)`,
    );
    return EXIT.ok;
  }
  const journal = await openJournal(session, vault);
  try {
    const record = journal.openUploads.get(uploadId);
    const path = pathOf(wanted, record);
    return await continueWith(session, { uploadId, vaultName, stored, journal, record, path });
  } finally {
    await journal.close();
  }
}

function pathOf({ file }: UploadToResume, record: UploadStartedRecord | undefined): string {
  const path = file === undefined ? record?.path : resolve(file);
  if (path === undefined) {
    throw usageFailure(
      "the journal knows no file of this upload: write moraine uploads resume ID FILE",
    );
  }
  return path;
}

interface Continuation {
  readonly uploadId: string;
  readonly vaultName: string;
  readonly stored: StoredUpload | undefined;
  readonly journal: Journal;
  readonly record: UploadStartedRecord | undefined;
  readonly path: string;
}

async function continueWith(session: Session, continuation: Continuation): Promise<number> {
  const { vaultName, stored, journal, record, path } = continuation;
  const { reporter, surroundings } = session;
  const target = uploadTargetOf(session, { vaultName, kind: "files" });
  const store: Store = { target, journal, nowMs: surroundings.nowMs, partSizeBytes: undefined };
  const name = record?.name ?? decodeDescription(stored?.description).name;
  const stamp = await stampFile(path);
  const { sizeBytes } = stamp;
  const progress = reporter.progress({ noun: "files", itemCount: 1, totalBytes: sizeBytes });
  const item = progress.start(name, sizeBytes);
  const observer: UploadObserver = {
    onSent: (bytes) => item.advance(bytes),
    onRetry: () => undefined,
    onResumed: ({ partCount, ofParts }) =>
      progress.log(`${partCount} of ${ofParts} parts are stored (verified by tree hash)`),
  };
  const resumed = { ...continuation, name, stamp, store };
  const archive = await sendRest(resumed, observer).finally(() => progress.close());
  reporter.done(
    { event: "uploaded", name, path, ...archive },
    `uploaded  ${escapeControls(name)}  ${formatSize(archive.sizeBytes)}`,
  );
  return EXIT.ok;
}

async function sendRest(
  resumed: Continuation & {
    readonly name: string;
    readonly stamp: Awaited<ReturnType<typeof stampFile>>;
    readonly store: Store;
  },
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const { uploadId, stored, record, path, name, stamp, store } = resumed;
  const modifiedAtMs = millisecondsOf(stamp.modifiedNs);
  if (stored === undefined) {
    // Completed or expired: the first is found by its hash, after the second it is sent anew.
    const openUploads = record === undefined ? [] : [record];
    return await storeFile(store, { file: { path, name }, openUploads }, observer);
  }
  const { partSizeBytes, description } = stored;
  const { sizeBytes } = stamp;
  const file = { name, path, sizeBytes, modifiedAtMs };
  const atMs = store.nowMs();
  // The journal takes the file for the upload's only when their bytes agree.
  const onCompared = async () =>
    record === undefined
      ? await appendRecord(store, { op: "UPLOAD_STARTED", atMs, uploadId, partSizeBytes, ...file })
      : undefined;
  try {
    return await sendParts(
      store,
      {
        ...{ local: { path, stamp }, name, description, uploadId, partSizeBytes, stored },
        onCompared,
        modifiedAtMs: decodeDescription(description).modifiedAtMs ?? modifiedAtMs,
      },
      observer,
    );
  } catch (error) {
    throw error instanceof UploadMismatchError
      ? new VerbFailure(EXIT.failed, `${error.message}. Nothing was sent.`, { cause: error })
      : error;
  }
}
