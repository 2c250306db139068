/** The archive that `VAULT/NAME` or `VAULT/ID` means. */
import type { Catalog, CatalogEntry } from "../../catalog/catalog.ts";
import { findCatalog } from "../../catalog/open-journal.ts";
import { shownVersions } from "../../catalog/select-entries.ts";
import { EXIT } from "../../exit-codes.ts";
import type { FoundVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";

export interface FoundArchive {
  readonly archiveId: string;
  /** What the catalogue knows; absent for an id that it does not have. */
  readonly entry: CatalogEntry | undefined;
  /** Where the entry comes from. */
  readonly catalog?: Catalog | undefined;
}

/** Archive ids of this service and of AWS. */
const ARCHIVE_ID = /^[\w-]{138}$/;

/**
 * By name (the newest archive of it), by a name with a version as `ls --versions` shows it, or by id,
 * which needs no catalogue. Throws a `VerbFailure` that says what to do when there is none.
 */
export async function findArchive(
  session: Session,
  vault: FoundVault,
  word: string,
): Promise<FoundArchive> {
  const catalog = await findCatalog(session, vault);
  const byId = catalog?.entries.get(word);
  const entry = byId ?? catalog?.versionsOf(word)[0] ?? findVersion(catalog, word);
  if (entry !== undefined) {
    return { archiveId: entry.archiveId, entry, catalog };
  }
  if (ARCHIVE_ID.test(word)) {
    return { archiveId: word, entry: undefined };
  }
  const { vaultName } = vault;
  const advice =
    catalog === undefined
      ? `there is no journal of ${vaultName}: \`moraine catalog rebuild ${vaultName}\` makes one, or name the archive by its id`
      : `\`moraine ls ${vaultName}\` lists the names there are`;
  throw new VerbFailure(
    EXIT.failed,
    `${vaultName} has no archive ${JSON.stringify(word)}; ${advice}`,
  );
}

/** `name;2` is looked for only when no archive is really called so. */
function findVersion(catalog: Catalog | undefined, word: string): CatalogEntry | undefined {
  const [, name = ""] = /^(.+);\d+$/s.exec(word) ?? [];
  const versions = catalog === undefined ? [] : shownVersions(catalog, name);
  return versions.find(({ shownName }) => shownName === word)?.entry;
}
