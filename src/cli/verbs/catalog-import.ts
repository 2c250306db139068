/** `moraine catalog import`: adds what another program knows of a vault to its journal. */
import { buildCatalog } from "../catalog/build-catalog.ts";
import { type Merge, mergeImport } from "../catalog/formats/merge-import.ts";
import {
  findImportFormat,
  IMPORT_FORMATS,
  type ImportFormat,
  readImport,
} from "../catalog/formats/read-import.ts";
import { findCatalog, openJournal } from "../catalog/open-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault, type FoundVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { usageFailure } from "../session/verb-failure.ts";

export interface ImportOptions {
  readonly path: string;
  readonly format?: ImportFormat;
}

const BATCH_RECORDS = 2000;

/**
 * Reads the whole file before anything is written. A crash while the records are appended leaves the first
 * of them; the same command adds the rest.
 */
export async function importCatalog(
  session: Session,
  vaultName: string,
  options: ImportOptions,
): Promise<number> {
  const { path } = options;
  const vault = await describeVault(session, vaultName);
  const format = options.format ?? (await findImportFormat(path));
  if (format === undefined) {
    throw usageFailure(
      `${path} has none of the forms known; name it with --format ${IMPORT_FORMATS.join("|")}`,
    );
  }
  const imported = await readImport({ path, format, vaultName, vaultArn: vault.arn });
  const isDryRun = session.flags.dryRun === true;
  const merge = isDryRun
    ? mergeImport((await findCatalog(session, vault)) ?? buildCatalog([]), imported)
    : await writeMerge(session, vault, (journal) => mergeImport(journal, imported));
  report(session, { vaultName, path, format, isDryRun }, merge);
  return EXIT.ok;
}

async function writeMerge(
  session: Session,
  vault: FoundVault,
  merge: (journal: Awaited<ReturnType<typeof openJournal>>) => Merge,
): Promise<Merge> {
  const journal = await openJournal(session, vault);
  try {
    const merged = merge(journal);
    for (let start = 0; start < merged.records.length; start += BATCH_RECORDS) {
      await journal.append(...merged.records.slice(start, start + BATCH_RECORDS));
    }
    return merged;
  } finally {
    await journal.close();
  }
}

function report(
  session: Session,
  about: {
    readonly vaultName: string;
    readonly path: string;
    readonly format: ImportFormat;
    readonly isDryRun: boolean;
  },
  { counts }: Merge,
): void {
  const { vaultName, path, format, isDryRun } = about;
  const rows = [
    [counts.added, "added", "that the journal did not know"],
    [counts.completed, "completed", "whose record got what it lacked"],
    [counts.unchanged, "unchanged", "that the journal knew as well"],
    [counts.deleted, "deleted", "that the file calls deleted"],
    [counts.gone, "gone", "that the journal calls deleted: they stay so"],
    [counts.unknown, "unknown", "that the journal does not know, and only their names are given"],
    [counts.otherNames, "other names", "of archives that have one already"],
  ] as const;
  const shown = rows.filter(([count], index) => count > 0 || index < 3);
  session.reporter.data(
    { event: "imported", vault: vaultName, file: path, format, ...counts, dryRun: isDryRun },
    [
      `${isDryRun ? "Would import" : "Imported"} ${path} (${format}) into the journal of ${vaultName}:`,
      ...shown.map(([count, word, meaning]) => `  ${word.padEnd(12)} ${count}  ${meaning}`),
    ].join("\n"),
  );
  if (counts.unknown > 0) {
    session.reporter.note(
      `Run \`moraine catalog rebuild ${vaultName}\`, and import again: then those are known.`,
    );
  }
}
