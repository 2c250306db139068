/** `moraine ls`: lists vaults, or the archives of a vault by the names of their files. */
import { listPages } from "../../client/paginate.ts";
import { buildCatalog } from "../catalog/build-catalog.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { explainInventory, recordOfItem } from "../catalog/inventory/inventory-item.ts";
import { getInventoryJob, readJobOutput } from "../catalog/inventory/inventory-job.ts";
import { parseInventoryJson } from "../catalog/inventory/parse-inventory-json.ts";
import type { JournalRecord } from "../catalog/journal-record.ts";
import { type ListingOptions, listingFlags, printArchives } from "../catalog/list-archives.ts";
import { readCatalog } from "../catalog/open-journal.ts";
import { selectEntries } from "../catalog/select-entries.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault, type FoundVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { VerbFailure } from "../session/verb-failure.ts";
import { formatCount, formatSize } from "../units.ts";

const EXAMPLES = `
Examples:
  moraine ls
  moraine ls family
  moraine ls family/photos --long
  moraine ls 'family/photos/2025/**/*.jpg' --sort size
  moraine ls family/letter.txt --versions --full-ids
  moraine ls family --remote

Archives are listed from the journal of the vault on this machine; --remote asks the service for
its inventory instead, which takes hours with Amazon S3 Glacier. A folder means all below it.
`;

type LsOptions = ListingOptions & { readonly remote?: true };

export const ls = createVerb("ls", (command, { withSession }) => {
  command
    .description("List vaults, or the archives of a vault by the names of their files.")
    .argument(
      "[vault/glob]",
      "Vault, and which of its archives: a name, a folder, a glob or an id.",
    )
    .option("--remote", "List what the service's inventory says, not the journal.")
    .addHelpText("after", EXAMPLES);
  for (const flag of listingFlags()) {
    command.addOption(flag);
  }
  withSession<[string | undefined], LsOptions>(command, async (session, { words, options }) => {
    const [word] = words;
    if (word === undefined) {
      await listVaults(session);
      return EXIT.ok;
    }
    return await listArchives(session, word, options);
  });
});

async function listVaults({ call, accountId, reporter }: Session): Promise<void> {
  for await (const { output } of listPages(call, "ListVaults", { accountId })) {
    for (const vault of output.VaultList ?? []) {
      const { VaultName = "", NumberOfArchives = 0, SizeInBytes = 0 } = vault;
      const size = formatSize(Number(SizeInBytes));
      reporter.data(
        { event: "vault", ...vault },
        `${size.padStart(10)}  ${formatCount(Number(NumberOfArchives), "archive").padStart(16)}  ${VaultName}`,
      );
    }
  }
}

async function listArchives(session: Session, word: string, options: LsOptions): Promise<number> {
  const { vaultName, path } = parseVaultPath(word, session.settings);
  const vault = await describeVault(session, vaultName);
  const catalog =
    options.remote === true
      ? await readRemoteCatalog(session, vault, word)
      : await readCatalog(session, vault);
  const selected = selectEntries(catalog, path, { ...options, folders: true });
  if (selected.length === 0 && path !== "") {
    const from = options.remote === true ? "the inventory" : "the journal";
    throw new VerbFailure(EXIT.failed, `nothing in ${from} of ${vaultName} matches "${path}"`);
  }
  const listed = selected.map((entry) => ({ ...entry, vaultName }));
  printArchives(session, listed, { ...options, withVault: false });
  return EXIT.ok;
}

/** The archives of a fresh inventory. */
async function readRemoteCatalog(
  session: Session,
  vault: FoundVault,
  word: string,
): Promise<Catalog> {
  const job = await getInventoryJob(session, vault, { command: `moraine ls ${word} --remote` });
  const records: JournalRecord[] = [];
  await explainInventory(async () => {
    for await (const { item } of parseInventoryJson(readJobOutput(session, vault, job.jobId))) {
      records.push(recordOfItem(item));
    }
  });
  await job.forget();
  return buildCatalog(records);
}
