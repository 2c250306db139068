/** `moraine find`: looks for archives by name in the journals of all vaults. */
import { listPages } from "../../client/paginate.ts";
import type { ListedEntry } from "../catalog/archive-table.ts";
import { type ListingOptions, listingFlags, printArchives } from "../catalog/list-archives.ts";
import { describeNoJournal, findCatalog, placeOf } from "../catalog/open-journal.ts";
import { selectEntries } from "../catalog/select-entries.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault, type FoundVault, foundVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure } from "../session/verb-failure.ts";

const EXAMPLES = `
Examples:
  moraine find '*.jpg'
  moraine find 'photos/2025/**' --vault family --vault work
  moraine find report.pdf --versions --long

A glob without a slash is compared with the last part of names. Vaults without a journal on this
machine are named on standard error. The status is 1 when nothing is found.
`;

type FindOptions = ListingOptions & { readonly vault?: readonly string[] };

export const find = createVerb("find", (command, { withSession }) => {
  command
    .description("Find archives by name in the journals of all vaults.")
    .argument("<glob>", "Name or glob: **, *, ?, [abc], {a,b}.")
    .option("--vault <name...>", "Look in these vaults only.")
    .addHelpText("after", EXAMPLES);
  for (const flag of listingFlags()) {
    command.addOption(flag);
  }
  withSession<[string], FindOptions>(command, async (session, { words, options }) => {
    const [glob] = words;
    const vaults = await listVaults(session, options.vault);
    if (options.journal !== undefined && vaults.length !== 1) {
      throw usageFailure("--journal is the journal of one vault: name it with --vault");
    }
    const found: ListedEntry[] = [];
    for (const vault of vaults) {
      found.push(...(await findIn(session, vault, { ...options, glob })));
    }
    printArchives(session, found, { ...options, withVault: true });
    return found.length === 0 ? EXIT.failed : EXIT.ok;
  });
});

async function findIn(
  session: Session,
  vault: FoundVault,
  options: FindOptions & { readonly glob: string },
): Promise<ListedEntry[]> {
  const catalog = await findCatalog(session, vault);
  const { vaultName } = vault;
  if (catalog === undefined) {
    session.reporter.note(describeNoJournal(placeOf(session, vault)));
    return [];
  }
  const selected = selectEntries(catalog, options.glob, { ...options, baseNames: true });
  return selected.map((entry) => ({ ...entry, vaultName }));
}

async function listVaults(
  session: Session,
  names: readonly string[] | undefined,
): Promise<readonly FoundVault[]> {
  if (names !== undefined) {
    return await Promise.all([...new Set(names)].map((name) => describeVault(session, name)));
  }
  const { call, accountId } = session;
  const vaults: FoundVault[] = [];
  for await (const { output } of listPages(call, "ListVaults", { accountId })) {
    vaults.push(...(output.VaultList ?? []).map((vault) => foundVault(vault)));
  }
  return vaults;
}
