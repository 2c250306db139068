/** `moraine uploads abort`: discards an unfinished upload and its parts. */
import { abortUpload } from "../../../client/transfer/upload-target.ts";
import { openJournal } from "../../catalog/open-journal.ts";
import { EXIT } from "../../exit-codes.ts";
import { confirmDestruction } from "../../session/confirm-destruction.ts";
import { describeVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { formatCount, formatSize } from "../../units.ts";
import { endUpload } from "../put/store-file.ts";
import { findVaultOfUpload, measureParts } from "./find-uploads.ts";

/** Aborts the upload; resolves with the exit status. */
export async function abortUnfinished(
  session: Session,
  wanted: { readonly uploadId: string; readonly vaultName: string | undefined },
): Promise<number> {
  const { uploadId } = wanted;
  const { reporter, flags, surroundings } = session;
  const { vaultName, stored } = await findVaultOfUpload(session, wanted);
  const { partCount, storedBytes } = measureParts(stored ?? NO_PARTS);
  const parts = `${formatCount(partCount, "part")} (${formatSize(storedBytes)})`;
  const event = { uploadId, vault: vaultName, parts: partCount, storedBytes };
  if (flags.dryRun) {
    reporter.data({ event: "would-abort", ...event }, `would abort  ${uploadId}  ${parts}`);
    return EXIT.ok;
  }
  const what = `this discards ${parts} of an unfinished upload to the vault ${vaultName}`;
  await confirmDestruction(session, { what, word: vaultName });
  const vault = await describeVault(session, vaultName);
  const journal = await openJournal(session, vault);
  try {
    const target = { ...session, vaultName };
    if (journal.openUploads.has(uploadId)) {
      await endUpload({ target, journal, nowMs: surroundings.nowMs }, uploadId);
    } else {
      await abortUpload(target, uploadId);
    }
  } finally {
    await journal.close();
  }
  reporter.done({ event: "aborted", ...event }, `aborted   ${uploadId}  ${parts}`);
  return EXIT.ok;
}

const NO_PARTS = { partSizeBytes: 0, description: "", parts: [] };
