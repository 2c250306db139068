/** `moraine catalog show`: where the journal of a vault is, and what it knows. */
import { placeOf, readCatalog } from "../catalog/open-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { formatCount, formatSize, formatTableTime } from "../units.ts";

/** Reads the journal and asks for the vault; changes nothing. */
export async function showCatalog(session: Session, vaultName: string): Promise<number> {
  const vault = await describeVault(session, vaultName);
  const catalog = await readCatalog(session, vault);
  const { path } = placeOf(session, vault);
  const all = [...catalog.entries.values()];
  const entries = all.filter(({ packed }) => packed === undefined);
  const packedFiles = all.length - entries.length;
  const names = new Set(entries.map(({ name }) => name)).size;
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const withoutTreeHash = entries.filter(({ treeHash }) => treeHash === undefined).length;
  const newestMs = entries.at(-1)?.createdAtMs;
  const { archiveCount, lastInventoryAt } = vault;
  const deleted = [...catalog.deletedIds()].length;
  const openUploads = catalog.openUploads.size;
  session.reporter.data(
    {
      event: "catalog",
      vault: vaultName,
      journal: path,
      archives: entries.length,
      names,
      sizeBytes,
      packedFiles,
      deleted,
      openUploads,
      withoutTreeHash,
      newestAt: newestMs === undefined ? undefined : new Date(newestMs).toISOString(),
      serviceArchives: archiveCount,
      lastInventoryAt,
    },
    [
      `Journal        ${path}`,
      `Archives       ${formatCount(entries.length, "archive")} under ${formatCount(names, "name")}, ${formatSize(sizeBytes)}`,
      ...(packedFiles === 0 ? [] : [`In packs       ${formatCount(packedFiles, "file")}`]),
      `Newest         ${newestMs === undefined ? "–" : formatTableTime(newestMs)}`,
      `Deleted        ${formatCount(deleted, "archive")}`,
      `Open uploads   ${openUploads}`,
      `No tree hash   ${formatCount(withoutTreeHash, "archive")}`,
      `Service says   ${formatCount(archiveCount, "archive")}, last inventory ${lastInventoryAt ?? "never"}`,
    ].join("\n"),
  );
  return EXIT.ok;
}
