/** `moraine uploads`: what was begun and is not finished. */
import { formatIsoMilliseconds } from "../../../std/iso-time.ts";
import { EXIT } from "../../exit-codes.ts";
import { escapeControls } from "../../high-level/tool-command.ts";
import type { Session } from "../../session/session.ts";
import { formatCount, formatDuration, formatSize } from "../../units.ts";
import { type FoundUpload, findUploads, listVaultNames } from "./find-uploads.ts";

/** Prints the uploads of the vault, or of all. */
export async function listUploads(
  session: Session,
  vaultName: string | undefined,
): Promise<number> {
  let count = 0;
  for await (const name of vaultName === undefined ? listVaultNames(session) : [vaultName]) {
    for await (const upload of findUploads(session, name)) {
      count += 1;
      printUpload(session, upload);
    }
  }
  if (count === 0) {
    session.reporter.note("no unfinished uploads");
  }
  return EXIT.ok;
}

function printUpload({ reporter, surroundings }: Session, upload: FoundUpload): void {
  const { vaultName, uploadId, name, startedAtMs, partCount, storedBytes, record } = upload;
  const ageMs = Math.max(0, surroundings.nowMs() - startedAtMs);
  const { partSizeBytes, state } = upload;
  const event = {
    ...{ event: "upload", vault: vaultName, uploadId, name, state },
    ...{ startedAt: formatIsoMilliseconds(startedAtMs), ageMs, partSizeBytes },
    ...{ parts: partCount, storedBytes, inJournal: record !== undefined, path: record?.path },
  };
  const columns = [
    formatDuration(ageMs).padStart(11),
    formatCount(partCount, "part").padStart(12),
    formatSize(storedBytes).padStart(10),
    escapeControls(`${vaultName}/${name}`),
    `(${describeOrigin(upload)})`,
    uploadId,
  ];
  reporter.data(event, columns.join("  "));
}

function describeOrigin({ record, state }: FoundUpload): string {
  if (state === "over") {
    return "over: the next put of the file looks whether it was completed";
  }
  if (record === undefined) {
    return "not in the journal";
  }
  return record.path === undefined ? "from standard input" : `from ${escapeControls(record.path)}`;
}
