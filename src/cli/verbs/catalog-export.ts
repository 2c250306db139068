/** `moraine catalog export`: writes what the journal knows in a form that other programs read. */
import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { syncFolder } from "../../std/durable-file-node.ts";
import { type ExportFormat, formatExport } from "../catalog/formats/format-export.ts";
import { readCatalog } from "../catalog/open-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { formatCount } from "../units.ts";

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly output?: string;
}

/** Ends with `failed` when the form could not express every archive; those are told. */
export async function exportCatalog(
  session: Session,
  vaultName: string,
  { format, output }: ExportOptions,
): Promise<number> {
  const { reporter, surroundings, flags } = session;
  const vault = await describeVault(session, vaultName);
  const catalog = await readCatalog(session, vault);
  let leftOut = 0;
  const pieces = formatExport(format, {
    catalog,
    vaultArn: vault.arn,
    nowMs: surroundings.nowMs(),
    onLeftOut: ({ archiveId, name }) => {
      leftOut += 1;
      const reason = `${format} has no way to write down ${name} (${archiveId})`;
      // Standard output carries the file.
      session.terminal.stderr(`${JSON.stringify(reason).slice(1, -1)}\n`);
    },
  });
  if (output === undefined || flags.dryRun === true) {
    for (const text of joined(pieces)) {
      if (flags.dryRun !== true) {
        session.terminal.stdout(text);
      }
    }
  } else {
    await writeWhole(resolve(output), joined(pieces));
  }
  const written = catalog.entries.size - leftOut;
  reporter.note(
    `${flags.dryRun === true ? "Would write" : "Wrote"} ${formatCount(written, "archive")} as ${format}` +
      `${leftOut === 0 ? "" : `, left out ${leftOut}`}.`,
  );
  return leftOut === 0 ? EXIT.ok : EXIT.failed;
}

const PIECE_CHARACTERS = 64 * 1024;

function* joined(pieces: Iterable<string>): Generator<string> {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length >= PIECE_CHARACTERS) {
      yield text;
      text = "";
    }
  }
  yield text;
}

/** Temporary file, fsync, rename: a crash leaves the old file, and perhaps the temporary one. */
async function writeWhole(path: string, pieces: Iterable<string>): Promise<void> {
  const temporaryPath = `${path}.tmp`;
  const file = await open(temporaryPath, "w", 0o600);
  try {
    for (const text of pieces) {
      await file.appendFile(text);
    }
    await file.sync();
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(temporaryPath, path);
  await syncFolder(dirname(path));
}
