/** `moraine vault rm`: removes a vault, with `--purge` after every archive in it. */
import type { Command } from "commander";
import { GlacierServiceError } from "../../../client/errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { confirmDestruction } from "../../session/confirm-destruction.ts";
import { describeVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import type { VerbContext } from "../../session/verb.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { formatCount, formatSize } from "../../units.ts";

const EXAMPLES = `
Only an empty vault can be removed. With \`--purge\` its archives are deleted before, as journal and a fresh
inventory list them. Where the service takes inventories by the day, a vault is empty only after the next one:
the exit status is then 75, and the same command goes on later.

Examples:
  moraine vault rm drafts
  moraine vault rm drafts --purge
`;

interface Options {
  readonly purge?: true;
}

export function addRemove(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("rm")
    .description("Remove a vault.")
    .argument("<vault>", "Name of the vault.")
    .option("--purge", "Delete all its archives first.")
    .addHelpText("after", EXAMPLES);
  withSession<[string], Options>(command, async (session, { words: [vaultName], options }) => {
    const { reporter, flags } = session;
    const vault = await describeVault(session, vaultName);
    const contents = `${formatCount(vault.archiveCount, "archive")}, ${formatSize(vault.sizeBytes)}`;
    if (flags.dryRun) {
      const { archiveCount, sizeBytes } = vault;
      const event = { event: "would-remove", vault: vaultName, archiveCount, sizeBytes };
      reporter.data(event, `would remove ${vaultName} (${contents} at the last inventory)`);
      return EXIT.ok;
    }
    await confirmDestruction(session, {
      what: `The vault ${vaultName} (${contents} at the last inventory) is removed for good`,
      word: vaultName,
    });
    if (options.purge) {
      const { purgeVault } = await import("./purge.ts");
      const status = await purgeVault(session, vault);
      if (status !== EXIT.ok) {
        return status;
      }
    }
    await deleteVault(session, vaultName);
    reporter.done({ event: "removed", vault: vaultName }, `removed ${vaultName}`);
    return EXIT.ok;
  });
}

/** Where inventories are taken by the day, a vault counts as empty only after the next one (contract §2.3). */
async function deleteVault({ call, accountId }: Session, vaultName: string): Promise<void> {
  try {
    await call("DeleteVault", { accountId, vaultName });
  } catch (error) {
    if (
      error instanceof GlacierServiceError &&
      /not empty or recently written/.test(error.message)
    ) {
      const advice =
        "the service says so until its next inventory: run the same command again after it" +
        " (--purge deletes what is in the vault)";
      throw new VerbFailure(EXIT.later, `${error.message}; ${advice}`, { cause: error });
    }
    throw error;
  }
}
