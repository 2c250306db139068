/** Stores packs, one after another, reports each file, and counts. */
import { memberId } from "../../catalog/catalog.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import type { FileToPack } from "../../pack/pack-format.ts";
import type { Progress } from "../../report/progress.ts";
import type { Session } from "../../session/session.ts";
import { formatSize } from "../../units.ts";
import {
  expectItemFailure,
  isRefusal,
  isUnreachable,
  observe,
  type PlannedUpload,
  reportFailure,
  type UploadTally,
} from "./run-uploads.ts";
import type { Store } from "./store-file.ts";
import { readForPack, storePack } from "./store-pack.ts";

export interface PackRun {
  readonly packs: readonly (readonly PlannedUpload[])[];
  readonly store: Store;
  /** Of the names of the packs. */
  readonly prefix: string;
  readonly progress: Progress;
  readonly onStored: (upload: PlannedUpload) => void;
}

/**
 * Stores the packs. A file that can't be read is left out of its pack and reported. Resolves with `false`
 * when the service refused us or could not be reached, after which the rest is counted as not tried. Throws
 * the session's `Interruption`, and failures of the journal.
 */
export async function runPacks(
  session: Session,
  run: PackRun,
  tally: UploadTally,
): Promise<boolean> {
  for (const [index, uploads] of run.packs.entries()) {
    session.signal.throwIfAborted();
    const read = await readAll(session, uploads, tally);
    if (read.length === 0) {
      continue;
    }
    try {
      await storeOne(session, { run, read }, tally);
    } catch (error) {
      const failure = expectItemFailure(session, error);
      for (const { upload } of read) {
        tally.failures.push({ name: upload.file.name, ...failure });
        reportFailure(session, upload, failure);
      }
      if (isRefusal(failure.exitCode) || isUnreachable(error)) {
        tally.untried += run.packs.slice(index + 1).flat().length;
        return false;
      }
    }
  }
  return true;
}

interface ReadUpload {
  readonly upload: PlannedUpload;
  readonly file: FileToPack;
}

async function readAll(
  session: Session,
  uploads: readonly PlannedUpload[],
  tally: UploadTally,
): Promise<readonly ReadUpload[]> {
  const read: ReadUpload[] = [];
  for (const upload of uploads) {
    try {
      read.push({ upload, file: await readForPack(upload) });
    } catch (error) {
      const failure = expectItemFailure(session, error);
      tally.failures.push({ name: upload.file.name, ...failure });
      reportFailure(session, upload, failure);
    }
  }
  return read;
}

async function storeOne(
  { reporter }: Session,
  { run, read }: { readonly run: PackRun; readonly read: readonly ReadUpload[] },
  tally: UploadTally,
): Promise<void> {
  const { store, prefix, progress } = run;
  const files = read.map(({ file }) => file);
  const sizeBytes = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const item = progress.start(`pack of ${files.length} files`, sizeBytes);
  try {
    const { archive, members } = await storePack(
      store,
      { files, prefix },
      observe(item, { run, tally }),
    );
    for (const [index, { upload }] of read.entries()) {
      const member = members[index];
      if (member === undefined) {
        continue;
      }
      const { name, path } = upload.file;
      tally.uploaded += 1;
      tally.uploadedBytes += member.sizeBytes;
      const ids = {
        archiveId: memberId(archive.archiveId, member.offset),
        pack: archive.archiveId,
      };
      const facts = { treeHash: member.sha256, sizeBytes: member.sizeBytes };
      reporter.done(
        { event: "uploaded", name, path, ...ids, ...facts },
        `uploaded  ${escapeControls(name)}  ${formatSize(member.sizeBytes)} · packed`,
      );
      run.onStored(upload);
    }
  } finally {
    item.end();
  }
}
