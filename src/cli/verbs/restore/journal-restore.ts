/** What a restore leaves in the vault's journal. */
import type { JournalRecord } from "../../catalog/journal-record.ts";
import { openJournal } from "../../catalog/open-journal.ts";
import { describeVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import type { RestorePlan } from "./plan.ts";
import type { RunCounts } from "./plan-run.ts";

/**
 * Writes which jobs were started and what was downloaded. Only for the record: a journal that another
 * process is writing is left alone, which is told.
 */
export async function journalRestore(
  session: Session,
  plan: RestorePlan,
  counts: RunCounts,
): Promise<void> {
  const records = counts.records.flatMap((record): JournalRecord[] => {
    const archiveId = plan.items[record.item]?.archiveId ?? "";
    const { atMs } = record;
    if (record.op === "REQUESTED") {
      return [{ op: "RETRIEVED", atMs, archiveId, jobId: record.jobId }];
    }
    return record.op === "DONE" ? [{ op: "DOWNLOADED", atMs, archiveId }] : [];
  });
  await journalRecords(session, plan.vaultName, records);
}

/** Appends `records` to the vault's journal, or tells why it could not. */
export async function journalRecords(
  session: Session,
  vaultName: string,
  records: readonly JournalRecord[],
): Promise<void> {
  if (records.length === 0) {
    return;
  }
  try {
    const journal = await openJournal(session, await describeVault(session, vaultName));
    try {
      await journal.append(...records);
    } finally {
      await journal.close();
    }
  } catch (error) {
    if (!(error instanceof VerbFailure)) {
      throw error;
    }
    session.reporter.note(`The journal was not told of the downloads: ${error.message}`);
  }
}
