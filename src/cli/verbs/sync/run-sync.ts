/** Makes a vault hold what a folder holds. */
import { checkPartSize } from "../../../client/transfer/part-plan.ts";
import { buildCatalog } from "../../catalog/build-catalog.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import type { Journal } from "../../catalog/journal.ts";
import { findCatalog, openJournal } from "../../catalog/open-journal.ts";
import { EXIT } from "../../exit-codes.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import { confirmDestruction } from "../../session/confirm-destruction.ts";
import { describeVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { usageFailure, VerbFailure } from "../../session/verb-failure.ts";
import { formatCount, formatSize } from "../../units.ts";
import { type FilesPlan, planFiles, reportPlan } from "../put/plan-files.ts";
import { type PutOptions, parsePackSize } from "../put/put-options.ts";
import { uploadAll } from "../put/put-paths.ts";
import { reportEnd } from "../put/report-end.ts";
import type { PlannedUpload } from "../put/run-uploads.ts";
import { type ScanFinding, scanPath } from "../put/scan-files.ts";
import { uploadTargetOf } from "../put/upload-target-of.ts";
import { deleteArchives } from "./delete-archives.ts";
import { type Deletion, decideSync, type SyncPlan } from "./plan-sync.ts";

export interface SyncOptions extends PutOptions {
  readonly new?: true;
  readonly replaceModified?: true;
  readonly deleteRemoved?: true;
  /** Milliseconds. */
  readonly keepDeleted?: number;
}

export interface FolderToSync {
  readonly folder: string;
  readonly vaultName: string;
  readonly prefix: string;
}

/** Stores, then deletes; resolves with the exit status. */
export async function runSync(
  session: Session,
  place: FolderToSync,
  options: SyncOptions,
): Promise<number> {
  checkOptions(options);
  parsePackSize(options);
  const { vaultName } = place;
  const vault = await describeVault(session, vaultName);
  if (session.flags.dryRun) {
    const catalog = (await findCatalog(session, vault)) ?? buildCatalog([]);
    const { files, sync } = await planAll(session, { place, catalog }, options);
    reportDryRun(session, sync);
    return files.failures.length === 0 ? EXIT.ok : EXIT.failed;
  }
  const journal = await openJournal(session, vault);
  try {
    const plans = await planAll(session, { place, catalog: journal }, options);
    if (plans.sync.deletions.length > 0) {
      const what = describeDeletions(plans.sync.deletions, vaultName);
      await confirmDestruction(session, { what, word: vaultName });
    }
    return await runPlan(session, { ...plans, journal, ...place }, options);
  } finally {
    await journal.close();
  }
}

function checkOptions({ partSize, keepDeleted, replaceModified, deleteRemoved }: SyncOptions) {
  if (partSize !== undefined) {
    checkPartSize(partSize);
  }
  if (keepDeleted !== undefined && !replaceModified && !deleteRemoved) {
    throw usageFailure(
      "--keep-deleted goes with --replace-modified or --delete-removed: nothing else deletes",
    );
  }
}

interface Plans {
  readonly files: FilesPlan;
  readonly sync: SyncPlan;
}

async function planAll(
  session: Session,
  { place, catalog }: { readonly place: FolderToSync; readonly catalog: Catalog },
  options: SyncOptions,
): Promise<Plans> {
  const { prefix, vaultName } = place;
  const target = uploadTargetOf(session, { vaultName, kind: "files" });
  const isByChecksum = options.checksum === true;
  const found = await planFiles(session, scanFolder(session, place, options), {
    ...{ catalog, target, isByChecksum, isForced: false, encryption: options.encrypt?.tool },
  });
  const isAnyGiven = options.new ?? options.replaceModified ?? options.deleteRemoved ?? false;
  const sync = decideSync(found, catalog, {
    isNewStored: options.new === true || !isAnyGiven,
    isModifiedReplaced: options.replaceModified === true,
    isRemovedDeleted: options.deleteRemoved === true,
    deletedBeforeMs: session.surroundings.nowMs() - (options.keepDeleted ?? 0),
    prefix,
  });
  refuseEmptyFolder(place, found, sync);
  const files = { ...found, uploads: sync.uploads };
  reportPlan(session, files, options.partSize);
  const remarks = [
    ...(sync.deletions.length === 0 ? [] : [`${sync.deletions.length} to delete`]),
    ...(sync.kept === 0 ? [] : [`${sync.kept} to delete later (--keep-deleted)`]),
    ...(sync.leftModified === 0 ? [] : [`${sync.leftModified} modified (--replace-modified)`]),
  ];
  if (remarks.length > 0) {
    session.reporter.note(`        ${remarks.join(" · ")}`);
  }
  return { files, sync };
}

async function* scanFolder(
  session: Session,
  { folder, prefix }: FolderToSync,
  options: SyncOptions,
): AsyncGenerator<ScanFinding> {
  const exclude = [...session.settings.exclude.value, ...(options.exclude ?? [])];
  const isFollowing = options.follow === true;
  // The slash asks for what is in the folder; a file there can't be entered.
  const scan = scanPath(`${folder}/`, { prefix, isFollowing, exclude });
  let isFirst = true;
  for await (const finding of scan) {
    const isFolderItself = isFirst && finding.isRoot === true;
    if (isFolderItself) {
      const reason = finding.kind === "failed" ? finding.reason : "it is no folder";
      throw new VerbFailure(EXIT.failed, `${folder} can't be synchronized: ${reason}`);
    }
    isFirst = false;
    yield finding;
  }
}

/** A disk that is not mounted looks like a folder that everything was removed from. */
function refuseEmptyFolder({ folder }: FolderToSync, files: FilesPlan, sync: SyncPlan): void {
  const removed = sync.deletions.filter(({ reason }) => reason === "removed");
  const isEmpty = files.uploads.length + files.stored.length + files.passedOver.length === 0;
  if (isEmpty && removed.length > 0) {
    throw new VerbFailure(
      EXIT.failed,
      `${folder} holds nothing, and --delete-removed would delete ${formatCount(removed.length, "archive")}.` +
        " Is its disk mounted? `moraine rm` deletes archives whatever folders hold.",
    );
  }
}

async function runPlan(
  session: Session,
  context: Plans & {
    readonly journal: Journal;
    readonly vaultName: string;
    readonly prefix: string;
  },
  options: SyncOptions,
): Promise<number> {
  const { files, sync, journal, vaultName, prefix } = context;
  const startedAtMs = session.surroundings.nowMs();
  const kind = options.encrypt === undefined ? "files" : "stream";
  const target = uploadTargetOf(session, { vaultName, kind });
  const stored = new Set<PlannedUpload>();
  const tally = await uploadAll(
    session,
    { uploads: sync.uploads, journal, target, prefix, onStored: (upload) => stored.add(upload) },
    options,
  );
  const due = sync.deletions.filter(({ after }) => after === undefined || stored.has(after));
  // When the service could not be reached, or refused us, the rest waits for the next run.
  const entries = tally.untried > 0 ? [] : due.map(({ entry }) => entry);
  const { deleted, failures } = await deleteArchives(session, { entries, journal, vaultName });
  return reportEnd(session, {
    ...{ plan: files, tally, startedAtMs, journalPath: journal.path },
    more: { deleted },
    moreFailures: failures,
  });
}

function describeDeletions(deletions: readonly Deletion[], vaultName: string): string {
  const bytes = deletions.reduce((sum, { entry }) => sum + entry.sizeBytes, 0);
  const count = formatCount(deletions.length, "archive");
  return `this deletes ${count} (${formatSize(bytes)}) of the vault ${vaultName}`;
}

function reportDryRun({ reporter }: Session, { uploads, deletions }: SyncPlan): void {
  for (const { file, reason } of uploads) {
    const { name, path, sizeBytes } = file;
    reporter.data(
      { event: "would-upload", name, path, sizeBytes, reason },
      `would upload  ${escapeControls(name)}  (${reason}, ${formatSize(sizeBytes)})`,
    );
  }
  for (const { entry, reason } of deletions) {
    const { name, archiveId, sizeBytes } = entry;
    reporter.data(
      { event: "would-delete", name, archiveId, sizeBytes, reason },
      `would delete  ${escapeControls(name)}  (${reason}, ${formatSize(sizeBytes)})`,
    );
  }
}
