/** Stores many files, reports each, and counts. */
import { GlacierServiceError, TransportError } from "../../../client/errors.ts";
import { runParts } from "../../../client/transfer/run-parts.ts";
import { createSlots } from "../../../client/transfer/slots.ts";
import type { UploadedArchive, UploadObserver } from "../../../client/transfer/upload-target.ts";
import type { UploadStartedRecord } from "../../catalog/journal-record.ts";
import { EXIT, worstStatus } from "../../exit-codes.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import type { Progress, ProgressItem } from "../../report/progress.ts";
import type { Session } from "../../session/session.ts";
import { describeVerbFailure, Interruption, VerbFailure } from "../../session/verb-failure.ts";
import { formatSize } from "../../units.ts";
import { CipherToolError } from "./pipe-through.ts";
import type { FoundFile } from "./scan-files.ts";

/** A file that is to be stored. */
export interface PlannedUpload {
  readonly file: FoundFile;
  readonly reason: "new" | "modified";
  readonly openUploads: readonly UploadStartedRecord[];
}

export interface UploadRun {
  readonly uploads: readonly PlannedUpload[];
  /** Files under way at once; their parts share the slots of the target. */
  readonly fileCount: number;
  readonly progress: Progress;
  readonly store: (upload: PlannedUpload, observer: UploadObserver) => Promise<UploadedArchive>;
  /** Called for each stored file, before the next one begins. */
  readonly onStored?: (upload: PlannedUpload, archive: UploadedArchive) => void;
}

export interface FailedItem {
  readonly name: string;
  readonly reason: string;
  readonly exitCode: number;
}

export interface UploadTally {
  uploaded: number;
  uploadedBytes: number;
  retried: number;
  /** Files that were not begun because the run was given up. */
  untried: number;
  readonly failures: FailedItem[];
}

/** So many files in a row that can't reach the service end the run. */
const UNREACHABLE_MAX = 3;

/**
 * Stores the files. One that fails is reported, and the rest goes on, unless the service refuses us, can't
 * be reached any more, or the journal can't be written. Throws the session's `Interruption`, and failures of
 * the journal.
 */
export async function runUploads(
  session: Session,
  run: UploadRun,
  tally: UploadTally = createTally(),
): Promise<UploadTally> {
  let unreachableInRow = 0;
  let begun = 0;
  const stop = new GivenUp();
  const context = { slots: createSlots(run.fileCount), signal: session.signal };
  try {
    await runParts(run.uploads, context, async (upload) => {
      begun += 1;
      try {
        await storeOne(session, run, { upload, tally });
        unreachableInRow = 0;
      } catch (error) {
        const failure = expectItemFailure(session, error);
        tally.failures.push({ name: upload.file.name, ...failure });
        reportFailure(session, upload, failure);
        unreachableInRow = isUnreachable(error) ? unreachableInRow + 1 : 0;
        if (isRefusal(failure.exitCode) || unreachableInRow >= UNREACHABLE_MAX) {
          throw stop;
        }
      }
    });
  } catch (error) {
    if (error !== stop) {
      throw error;
    }
  }
  tally.untried += run.uploads.length - begun;
  return tally;
}

/** A tally of nothing. */
export function createTally(): UploadTally {
  return { ...{ uploaded: 0, uploadedBytes: 0, retried: 0, untried: 0 }, failures: [] };
}

/** The exit status of a run. */
export function statusOf(tally: Pick<UploadTally, "failures">): number {
  return worstStatus(tally.failures.map(({ exitCode }) => exitCode));
}

class GivenUp extends Error {}

async function storeOne(
  { reporter }: Session,
  run: UploadRun,
  { upload, tally }: { readonly upload: PlannedUpload; readonly tally: UploadTally },
): Promise<void> {
  const { name, path, sizeBytes } = upload.file;
  const item = run.progress.start(name, sizeBytes);
  try {
    const archive = await run.store(upload, observe(item, { run, tally }));
    tally.uploaded += 1;
    tally.uploadedBytes += archive.sizeBytes;
    reporter.done(
      { event: "uploaded", name, path, ...archive },
      `uploaded  ${escapeControls(name)}  ${formatSize(archive.sizeBytes)}`,
    );
    run.onStored?.(upload, archive);
  } finally {
    item.end();
  }
}

/** Shows what travels, and counts what is sent again. */
export function observe(
  item: ProgressItem,
  { run, tally }: { readonly run: Pick<UploadRun, "progress">; readonly tally: UploadTally },
): UploadObserver {
  return {
    onSent: (bytes) => item.advance(bytes),
    onRetry: () => {
      tally.retried += 1;
      run.progress.remark(`${tally.failures.length} failed · ${tally.retried} retried`);
    },
    onResumed: ({ partCount, ofParts }) =>
      item.label(`resumed at part ${partCount}/${ofParts} (verified by tree hash)`),
  };
}

/** What is wrong with one file; anything else is thrown. */
export function expectItemFailure(
  { signal }: Session,
  error: unknown,
): { readonly reason: string; readonly exitCode: number } {
  signal.throwIfAborted();
  if (error instanceof VerbFailure || error instanceof Interruption) {
    throw error;
  }
  if (error instanceof CipherToolError) {
    return { reason: error.message, exitCode: EXIT.failed };
  }
  const { message, exitCode } = describeVerbFailure(error);
  return { reason: message, exitCode: exitCode === EXIT.usage ? EXIT.failed : exitCode };
}

/** Tells that the file was not stored. */
export function reportFailure(
  { reporter }: Session,
  { file }: PlannedUpload,
  { reason }: { readonly reason: string },
): void {
  const { name, path } = file;
  const line = `failed    ${escapeControls(name)}: ${reason}`;
  reporter.failed({ event: "failed", name, path, reason }, line);
}

/** Whether it would end other files so too, for now. */
export function isUnreachable(error: unknown): boolean {
  return (
    error instanceof TransportError || (error instanceof GlacierServiceError && error.status >= 500)
  );
}

/** Whether the service, or a lack of credentials, would refuse the other files too. */
export function isRefusal(exitCode: number): boolean {
  return exitCode === EXIT.refused || exitCode === EXIT.noCredentials;
}
