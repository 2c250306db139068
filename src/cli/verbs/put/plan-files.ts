/** What is to be done with the files that were found, before anything is done. */
import { hashFile } from "../../../client/hash-source.ts";
import { decideTransfer } from "../../../client/transfer/part-plan.ts";
import { runParts } from "../../../client/transfer/run-parts.ts";
import type { UploadTarget } from "../../../client/transfer/upload-target.ts";
import type { Catalog, CatalogEntry } from "../../catalog/catalog.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import type { Session } from "../../session/session.ts";
import { usageFailure } from "../../session/verb-failure.ts";
import { formatCount, formatSize } from "../../units.ts";
import {
  type CompareOptions,
  decideUpload,
  indexOpenUploads,
  type UploadDecision,
} from "./decide-upload.ts";
import type { FailedItem, PlannedUpload } from "./run-uploads.ts";
import type { FoundFile, ScanFinding } from "./scan-files.ts";

export interface StoredFile {
  readonly file: FoundFile;
  readonly newest: CatalogEntry;
}

export interface FilesPlan {
  readonly uploads: readonly PlannedUpload[];
  /** In the vault already. */
  readonly stored: readonly StoredFile[];
  /** Names of files of no bytes; those named on the command line are failures instead. */
  readonly emptyNames: readonly string[];
  /** Found, and not to be stored. */
  readonly passedOver: readonly ScanFinding[];
  /** Perhaps folders with files that nothing is known of. */
  readonly unreadable: readonly ScanFinding[];
  readonly failures: FailedItem[];
}

type Noted = Exclude<ScanFinding, FoundFile>;

const FAILED = 1;

/**
 * Reads all findings and compares the files with the catalogue; with `isByChecksum` it hashes those of equal
 * size. Reports what is passed over and what failed. Throws a usage `VerbFailure` when two files would get
 * one name.
 */
export async function planFiles(
  session: Session,
  findings: AsyncIterable<ScanFinding>,
  context: CompareOptions & { readonly catalog: Catalog; readonly target: UploadTarget },
): Promise<FilesPlan> {
  const { catalog, target } = context;
  const files: FoundFile[] = [];
  const noted: Noted[] = [];
  for await (const finding of findings) {
    session.signal.throwIfAborted();
    if (finding.kind === "file") {
      files.push(finding);
    } else {
      noted.push(finding);
      noteFinding(session, finding);
    }
  }
  refuseEqualNames(files);
  const failures = noted.flatMap(failureOf);
  const decisions = new Map<FoundFile, UploadDecision>();
  for (const file of files) {
    decisions.set(file, decideUpload(file, catalog, context));
  }
  await compareByHash(session, { decisions, failures, target });
  const uploadsOf = indexOpenUploads(catalog.openUploads);
  const uploads: PlannedUpload[] = [];
  const stored: StoredFile[] = [];
  for (const [file, decision] of decisions) {
    if (decision.kind === "same") {
      stored.push({ file, newest: decision.newest });
    } else if (decision.kind !== "compare") {
      uploads.push({ file, reason: decision.kind, openUploads: uploadsOf(file) });
    }
  }
  return {
    uploads,
    stored,
    failures,
    emptyNames: noted.flatMap((finding) => (isPassedEmpty(finding) ? [finding.name] : [])),
    passedOver: noted.filter(({ kind }) => kind !== "failed"),
    unreadable: noted.filter(({ kind }) => kind === "failed"),
  };
}

/** `Plan    1 284 files · 212.4 GiB · 31 already in the vault · part size 16 MiB · 4 at once`. */
export function reportPlan(
  { reporter, settings }: Session,
  plan: FilesPlan,
  partSizeBytes: number | undefined,
): void {
  const { uploads, stored, emptyNames } = plan;
  const sizes = uploads.map(({ file }) => file.sizeBytes);
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const partSizes = sizes.flatMap((size) => findPartSize(size, partSizeBytes));
  const largest = partSizes.reduce((left, right) => Math.max(left, right), 0);
  const concurrency = settings.concurrency.value;
  const parts = [
    formatCount(uploads.length + stored.length, "file"),
    `${formatSize(totalBytes)} to store`,
    ...(stored.length === 0 ? [] : [`${stored.length} already in the vault`]),
    ...(emptyNames.length === 0 ? [] : [`${emptyNames.length} empty`]),
    ...(largest === 0 ? [] : [`part size ${formatSize(largest)}`]),
    `${concurrency} at once`,
  ];
  const counts = { files: uploads.length, bytes: totalBytes, stored: stored.length };
  const event = { event: "plan", ...counts, empty: emptyNames.length, concurrency };
  reporter.done(event, `Plan    ${parts.join(" · ")}`);
  if (reporter.isJson) {
    for (const { file, newest } of stored) {
      const { name, path } = file;
      const { archiveId, treeHash } = newest;
      reporter.data({ event: "skipped", name, path, archiveId, treeHash, reason: "stored" }, "");
    }
  }
}

function findPartSize(sizeBytes: number, partSizeBytes: number | undefined): number[] {
  try {
    const plan = decideTransfer(sizeBytes, partSizeBytes);
    return plan.kind === "parts" ? [plan.partSizeBytes] : [];
  } catch {
    // The file itself will say so when its turn comes.
    return [];
  }
}

function noteFinding({ reporter }: Session, finding: Noted): void {
  const { kind, name, path } = finding;
  const [failure] = failureOf(finding);
  if (failure !== undefined) {
    const { reason } = failure;
    reporter.failed(
      { event: "failed", name, path, reason },
      `failed    ${escapeControls(name)}: ${reason}`,
    );
  } else if (kind !== "excluded") {
    const reason = kind === "empty" ? EMPTY_REASON : finding.kind === "skipped" && finding.reason;
    if (reporter.isJson) {
      reporter.data({ event: "skipped", name, path, reason }, "");
    } else {
      reporter.note(`skipped   ${escapeControls(name)}: ${reason}`);
    }
  }
}

const EMPTY_REASON = "it is empty, and an archive has at least 1 byte";

function failureOf(finding: Noted): FailedItem[] {
  const { kind, name } = finding;
  if (kind === "failed") {
    return [{ name, reason: finding.reason, exitCode: FAILED }];
  }
  return kind === "empty" && finding.isNamed
    ? [{ name, reason: EMPTY_REASON, exitCode: FAILED }]
    : [];
}

function isPassedEmpty(finding: Noted): boolean {
  return finding.kind === "empty" && !finding.isNamed;
}

function refuseEqualNames(files: readonly FoundFile[]): void {
  const paths = new Map<string, string>();
  for (const { name, path } of files) {
    const other = paths.get(name);
    if (other !== undefined) {
      throw usageFailure(
        `${other} and ${path} would both be named ${name}: store them under different prefixes`,
      );
    }
    paths.set(name, path);
  }
}

/** Replaces each `compare` by what the tree hash of the file says. */
async function compareByHash(
  session: Session,
  context: {
    readonly decisions: Map<FoundFile, UploadDecision>;
    readonly failures: FailedItem[];
    readonly target: UploadTarget;
  },
): Promise<void> {
  const { decisions, failures, target } = context;
  const open = [...decisions].filter(([, { kind }]) => kind === "compare");
  await runParts(open, target, async ([file, decision]) => {
    if (decision.kind !== "compare") {
      return;
    }
    const { newest } = decision;
    try {
      const { treeHash } = await hashFile(file.path);
      const kind = treeHash === decision.treeHash ? "same" : "modified";
      decisions.set(file, { kind, newest });
    } catch (error) {
      const { name, path } = file;
      const reason = error instanceof Error ? error.message : String(error);
      failures.push({ name, reason, exitCode: FAILED });
      session.reporter.failed(
        { event: "failed", name, path, reason },
        `failed    ${escapeControls(name)}: ${reason}`,
      );
    }
  });
}
