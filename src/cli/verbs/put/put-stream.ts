/** `moraine put - VAULT/NAME`: standard input as one archive. */
import { ClientInputError } from "../../../client/errors.ts";
import {
  checkPartSize,
  decidePartSize,
  STREAM_PART_SIZE_BYTES,
} from "../../../client/transfer/part-plan.ts";
import { uploadStream } from "../../../client/transfer/upload-stream.ts";
import type { UploadedArchive, UploadObserver } from "../../../client/transfer/upload-target.ts";
import { formatMt2, type Mt2File } from "../../../domain/descriptions/encode-mt2.ts";
import { openJournal } from "../../catalog/open-journal.ts";
import { EXIT } from "../../exit-codes.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import { describeVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { formatDuration, formatSize } from "../../units.ts";
import { encrypt } from "./encryption.ts";
import { CipherToolError } from "./pipe-through.ts";
import type { PutOptions } from "./put-options.ts";
import { appendCreated, appendRecord, endUpload, type Store } from "./store-file.ts";
import { uploadTargetOf } from "./upload-target-of.ts";

/** How long an abort may take when everything else has ended. */
const ABORT_PATIENCE_MS = 5_000;

/** Stores standard input under `name`; resolves with the exit status. */
export async function putStandardInput(
  session: Session,
  { vaultName, name }: { readonly vaultName: string; readonly name: string },
  options: PutOptions,
): Promise<number> {
  const { reporter, surroundings, flags } = session;
  const partSizeBytes = partSizeOf(options);
  const startedAtMs = surroundings.nowMs();
  const { encrypt: encryption } = options;
  const enc = encryption === undefined ? {} : { enc: encryption.tool };
  const file = { name, modifiedAtMs: startedAtMs, ...enc };
  // A name that fits no description is refused before anything is read.
  formatMt2(file);
  const vault = await describeVault(session, vaultName);
  if (flags.dryRun) {
    const event = { event: "would-upload", name, partSizeBytes };
    reporter.data(event, `would upload  ${escapeControls(name)}  (standard input)`);
    return EXIT.ok;
  }
  const journal = await openJournal(session, vault);
  try {
    const target = uploadTargetOf(session, { vaultName, kind: "stream" });
    const store = { target, journal, nowMs: surroundings.nowMs, partSizeBytes };
    const sizeBytes = options.expectSize ?? 0;
    const progress = reporter.progress({ noun: "files", itemCount: 1, totalBytes: sizeBytes });
    const item = progress.start(name, sizeBytes);
    const observer: UploadObserver = {
      onSent: (bytes) => item.advance(bytes),
      onRetry: () => progress.remark("sent again"),
      onResumed: () => undefined,
    };
    const input = surroundings.openStdin();
    const bytes = encryption === undefined ? input : encrypt(input, encryption, surroundings.env);
    const upload = { bytes, file, partSizeBytes };
    const archive = await storeStream(store, upload, observer)
      .catch(asFailure)
      .finally(() => progress.close());
    const elapsedMs = surroundings.nowMs() - startedAtMs;
    reporter.done(
      { event: "uploaded", name, ...archive },
      `uploaded  ${escapeControls(name)}  ${formatSize(archive.sizeBytes)} in ${formatDuration(elapsedMs)}`,
    );
    return EXIT.ok;
  } finally {
    await journal.close();
  }
}

/** What is wrong with the input is no mistake in the words. */
function asFailure(error: unknown): never {
  throw error instanceof ClientInputError || error instanceof CipherToolError
    ? new VerbFailure(EXIT.failed, error.message, { cause: error })
    : error;
}

function partSizeOf({ partSize, expectSize }: PutOptions): number {
  if (partSize !== undefined) {
    checkPartSize(partSize);
    return expectSize === undefined ? partSize : decidePartSize(expectSize, partSize);
  }
  return expectSize === undefined
    ? STREAM_PART_SIZE_BYTES
    : decidePartSize(expectSize, STREAM_PART_SIZE_BYTES);
}

export interface StreamToStore {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly file: Mt2File;
  readonly partSizeBytes: number;
}

/**
 * Stores the bytes and records the archive. When that fails, an upload that was opened is aborted: bytes that
 * can be read only once can't continue it. Throws as `uploadStream`, and failures of the journal.
 */
export async function storeStream(
  store: Store,
  { bytes, file, partSizeBytes }: StreamToStore,
  observer: UploadObserver,
): Promise<UploadedArchive> {
  const { name, modifiedAtMs } = file;
  const description = formatMt2(file);
  let uploadId: string | undefined;
  const onStarted = async (id: string) => {
    uploadId = id;
    const atMs = store.nowMs();
    await appendRecord(store, { op: "UPLOAD_STARTED", atMs, uploadId, name, partSizeBytes });
  };
  let archive: UploadedArchive;
  try {
    const upload = { bytes, description, partSizeBytes, onStarted };
    archive = await uploadStream(store.target, upload, observer);
  } catch (error) {
    if (uploadId !== undefined) {
      await abandon(store, uploadId);
    }
    throw error;
  }
  const ended = uploadId === undefined ? {} : { uploadId };
  await appendCreated(store, { archive, name, modifiedAtMs, description, ...ended });
  return archive;
}

/** The session may have been interrupted, and its signal would stop this too. */
async function abandon(store: Store, uploadId: string): Promise<void> {
  const signal = AbortSignal.timeout(ABORT_PATIENCE_MS);
  try {
    await endUpload({ ...store, target: { ...store.target, signal } }, uploadId);
  } catch {
    // What made the upload fail is thrown; `moraine uploads` shows what could not be aborted.
  }
}
