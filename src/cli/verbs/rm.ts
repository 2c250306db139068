/** `moraine rm`: deletes archives by the names of their files. */
import { Option } from "commander";
import type { Catalog, CatalogEntry } from "../catalog/catalog.ts";
import { openJournal } from "../catalog/open-journal.ts";
import { type SelectedEntry, selectEntries } from "../catalog/select-entries.ts";
import { EXIT, worstStatus } from "../exit-codes.ts";
import { confirmDestruction } from "../session/confirm-destruction.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure, VerbFailure } from "../session/verb-failure.ts";
import { formatCount, formatSize, parseInstant } from "../units.ts";
import { deleteArchives } from "./sync/delete-archives.ts";

const EXAMPLES = `
The newest archive of each name is deleted, or that of NAME;2; --versions takes all of them. Count and bytes are
shown first, and the vault's name is asked for unless --yes is given. A file in a pack is recorded as deleted;
the pack itself is deleted with the last of its files.

Examples:
  moraine rm photos/2019/IMG_0001.jpg
  moraine rm 'photos/2019/**' --versions --dry-run
  moraine rm 'photos/**/*.tmp' --before 2025-01-01 --yes
`;

interface Options {
  readonly before?: number;
  readonly after?: number;
  readonly versions?: true;
}

export const rm = createVerb("rm", (command, { withSession }) => {
  command
    .description("Delete archives by the names of their files.")
    .argument("<vault/glob>", "What to delete: VAULT/NAME, VAULT/GLOB or VAULT/ARCHIVE-ID.")
    .addOption(
      new Option("--before <date>", "Only what was uploaded before it.").argParser(parseInstant),
    )
    .addOption(
      new Option("--after <date>", "Only what was uploaded then or later.").argParser(parseInstant),
    )
    .option("--versions", "All archives of a name, not just the newest.")
    .addHelpText("after", EXAMPLES);
  withSession<[string], Options>(command, async (session, { words: [word], options }) => {
    const { vaultName, path } = parseVaultPath(word, session.settings);
    if (path === "") {
      throw usageFailure(
        `"${word}" names no archives: write ${vaultName}/NAME or ${vaultName}/'**';` +
          ` \`moraine vault rm ${vaultName} --purge\` removes the vault with all of them`,
      );
    }
    return await removeSelected(session, { vaultName, path, options });
  });
});

async function removeSelected(
  session: Session,
  { vaultName, path, options }: { vaultName: string; path: string; options: Options },
): Promise<number> {
  const vault = await describeVault(session, vaultName);
  const journal = await openJournal(session, vault);
  try {
    const selected = selectEntries(journal, path, options);
    if (selected.length === 0) {
      const advice = `\`moraine ls ${vaultName}\` lists the names, \`moraine catalog rebuild ${vaultName}\` renews them.`;
      throw new VerbFailure(EXIT.failed, `no archive fits ${vaultName}/${path}. ${advice}`);
    }
    const entries = selected.map(({ entry }) => entry);
    const bytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const contents = `${formatCount(entries.length, "archive")} (${formatSize(bytes)})${describePacked(journal, entries)}`;
    if (session.flags.dryRun) {
      listSelected(session, selected);
      session.reporter.note(`Would delete ${contents} of the vault ${vaultName}.`);
      return EXIT.ok;
    }
    await confirmDestruction(session, {
      what: `Deletes ${contents} of the vault ${vaultName} for good`,
      word: vaultName,
    });
    const { deleted, failures } = await deleteArchives(session, { entries, journal, vaultName });
    session.reporter.note(`Done    ${deleted} deleted, ${failures.length} failed`);
    return worstStatus(failures.map(({ exitCode }) => exitCode));
  } finally {
    await journal.close();
  }
}

/** A pack that is named itself goes with every file in it. */
function describePacked({ entries }: Catalog, selected: readonly CatalogEntry[]): string {
  const ids = new Set(selected.map(({ archiveId }) => archiveId));
  const files = [...entries.values()].filter(({ packed }) => ids.has(packed?.packId ?? ""));
  return files.length === 0 ? "" : ` with ${formatCount(files.length, "file")} in packs`;
}

function listSelected({ reporter }: Session, selected: readonly SelectedEntry[]): void {
  for (const { entry, shownName } of selected) {
    const { archiveId, sizeBytes } = entry;
    reporter.data(
      { event: "would-delete", name: shownName, archiveId, sizeBytes },
      `would delete  ${shownName}  ${formatSize(sizeBytes)}`,
    );
  }
}
