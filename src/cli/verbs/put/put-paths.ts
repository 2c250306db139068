/** `moraine put PATH… VAULT[/PREFIX]`: files and folders. */
import { checkPartSize } from "../../../client/transfer/part-plan.ts";
import type { UploadTarget } from "../../../client/transfer/upload-target.ts";
import { buildCatalog } from "../../catalog/build-catalog.ts";
import type { Journal } from "../../catalog/journal.ts";
import { findCatalog, openJournal } from "../../catalog/open-journal.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import { describeVault, type FoundVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { type FilesPlan, planFiles, reportPlan } from "./plan-files.ts";
import { planPacks } from "./plan-packs.ts";
import { type PutOptions, parsePackSize } from "./put-options.ts";
import { reportEnd } from "./report-end.ts";
import { runPacks } from "./run-packs.ts";
import { createTally, type PlannedUpload, runUploads, type UploadTally } from "./run-uploads.ts";
import { type ScanFinding, scanPath } from "./scan-files.ts";
import { storeEncrypted } from "./store-encrypted.ts";
import { storeFile } from "./store-file.ts";
import { uploadTargetOf } from "./upload-target-of.ts";

export interface PathsToPut {
  readonly paths: readonly string[];
  readonly vaultName: string;
  readonly prefix: string;
}

/** Stores what is at the paths; resolves with the exit status. */
export async function putPaths(
  session: Session,
  { paths, vaultName, prefix }: PathsToPut,
  options: PutOptions,
): Promise<number> {
  if (options.partSize !== undefined) {
    checkPartSize(options.partSize);
  }
  parsePackSize(options);
  const vault = await describeVault(session, vaultName);
  const kind = options.encrypt === undefined ? "files" : "stream";
  const target = uploadTargetOf(session, { vaultName, kind });
  const findings = scanAll(session, paths, { prefix, options });
  if (session.flags.dryRun) {
    const catalog = (await findCatalog(session, vault)) ?? buildCatalog([]);
    const plan = await planFiles(session, findings, { ...compareBy(options), catalog, target });
    reportPlan(session, plan, options.partSize);
    return reportDryRun(session, plan);
  }
  const journal = await openJournal(session, vault);
  try {
    const context = { ...compareBy(options), catalog: journal, target };
    const plan = await planFiles(session, findings, context);
    reportPlan(session, plan, options.partSize);
    return await storeAll(session, { plan, journal, target, vault, prefix }, options);
  } finally {
    await journal.close();
  }
}

function compareBy({ force, checksum, encrypt }: PutOptions) {
  const encryption = encrypt?.tool;
  return { isForced: force === true, isByChecksum: checksum === true, encryption };
}

async function storeAll(
  session: Session,
  context: {
    readonly plan: FilesPlan;
    readonly journal: Journal;
    readonly target: UploadTarget;
    readonly vault: FoundVault;
    readonly prefix: string;
  },
  options: PutOptions,
): Promise<number> {
  const { plan, journal, target, prefix } = context;
  const startedAtMs = session.surroundings.nowMs();
  const tally = await uploadAll(
    session,
    { uploads: plan.uploads, journal, target, prefix },
    options,
  );
  return reportEnd(session, { plan, tally, startedAtMs, journalPath: journal.path });
}

/** Runs the uploads under a progress display. */
export async function uploadAll(
  session: Session,
  work: {
    readonly uploads: readonly PlannedUpload[];
    readonly journal: Journal;
    readonly target: UploadTarget;
    readonly prefix: string;
    readonly onStored?: (upload: PlannedUpload) => void;
  },
  options: PutOptions,
): Promise<UploadTally> {
  const { uploads, journal, target, prefix, onStored = () => undefined } = work;
  const packSizeBytes = parsePackSize(options);
  const { nowMs, env } = session.surroundings;
  const { encrypt: encryption } = options;
  const openUploads = [...journal.openUploads.values()];
  const totalBytes = uploads.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  const store = { target, journal, nowMs, partSizeBytes: options.partSize };
  const progress = session.reporter.progress({
    noun: "files",
    itemCount: uploads.length,
    totalBytes,
  });
  const { packs, alone } =
    packSizeBytes === undefined ? { packs: [], alone: uploads } : planPacks(uploads, packSizeBytes);
  const tally = createTally();
  try {
    if (!(await runPacks(session, { packs, store, prefix, progress, onStored }, tally))) {
      tally.untried += alone.length;
      return tally;
    }
    return await runUploads(
      session,
      {
        uploads: alone,
        // Encrypted files go one after another, because their parts wait in memory.
        fileCount: encryption === undefined ? session.settings.concurrency.value : 1,
        progress,
        store: async (upload, observer) =>
          encryption === undefined
            ? await storeFile(store, upload, observer)
            : await storeEncrypted(
                store,
                { file: upload.file, encryption, env, openUploads },
                observer,
              ),
        onStored,
      },
      tally,
    );
  } finally {
    progress.close();
    if (session.signal.aborted) {
      session.reporter.note("What was stored is kept. Run the same command again to go on.");
    }
  }
}

async function* scanAll(
  session: Session,
  paths: readonly string[],
  { prefix, options }: { readonly prefix: string; readonly options: PutOptions },
): AsyncGenerator<ScanFinding> {
  const exclude = [...session.settings.exclude.value, ...(options.exclude ?? [])];
  for (const path of paths) {
    for await (const finding of scanPath(path, {
      prefix,
      isFollowing: options.follow === true,
      exclude,
    })) {
      yield options.name === undefined ? finding : renamed(finding, { prefix, ...options });
    }
  }
}

/** `--name` goes with one file, which `put` checked as far as words tell. */
function renamed(
  finding: ScanFinding,
  { prefix, name = "" }: { readonly prefix: string; readonly name?: string },
): ScanFinding {
  return { ...finding, name: prefix === "" ? name : `${prefix}/${name}` };
}

function reportDryRun({ reporter }: Session, plan: FilesPlan): number {
  for (const { file, reason } of plan.uploads) {
    const { name, path, sizeBytes } = file;
    reporter.data(
      { event: "would-upload", name, path, sizeBytes, reason },
      `would upload  ${escapeControls(name)}  (${reason}, ${sizeBytes} bytes)`,
    );
  }
  return plan.failures.length === 0 ? 0 : 1;
}
