/** Deletes every archive of a vault, as a fresh inventory and the journal list them. */
import { openJournal } from "../../catalog/open-journal.ts";
import { EXIT, worstStatus } from "../../exit-codes.ts";
import type { FoundVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { rebuildCatalog } from "../catalog-rebuild.ts";
import { deleteArchives } from "../sync/delete-archives.ts";

/**
 * Resolves with the exit status; `ok` means that every archive known is deleted. What was deleted is in the
 * journal, so that the next run goes on after a break. A vault without an inventory yet is purged of what
 * the journal knows.
 */
export async function purgeVault(session: Session, vault: FoundVault): Promise<number> {
  if (vault.lastInventoryAt !== undefined || vault.archiveCount > 0) {
    const status = await rebuildCatalog(session, vault.vaultName, { reuse: false, wait: true });
    if (status !== EXIT.ok) {
      return status;
    }
  }
  const journal = await openJournal(session, vault);
  try {
    const entries = [...journal.entries.values()].filter(({ packed }) => packed === undefined);
    const { vaultName } = vault;
    const { deleted, failures } = await deleteArchives(session, { entries, journal, vaultName });
    session.reporter.note(`Purged  ${deleted} deleted, ${failures.length} failed`);
    return worstStatus(failures.map(({ exitCode }) => exitCode));
  } finally {
    await journal.close();
  }
}
