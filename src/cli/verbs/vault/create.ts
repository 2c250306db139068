/** `moraine vault create`. */
import type { Command } from "commander";
import { EXIT } from "../../exit-codes.ts";
import type { VerbContext } from "../../session/verb.ts";

const EXAMPLES = `
Making a vault that is there already changes nothing.

Examples:
  moraine vault create photos
`;

export function addCreate(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("create")
    .description("Make vaults.")
    .argument("<vault...>", "Names: 1 to 255 letters, digits, underscores, hyphens and periods.")
    .addHelpText("after", EXAMPLES);
  withSession<[string[]], object>(command, async (session, { words: [names] }) => {
    const { call, accountId, reporter, flags } = session;
    for (const vaultName of names) {
      if (flags.dryRun) {
        reporter.data({ event: "would-create", vault: vaultName }, `would create ${vaultName}`);
        continue;
      }
      const { output } = await call("CreateVault", { accountId, vaultName });
      const { location } = output;
      reporter.data({ event: "created", vault: vaultName, location }, `created ${vaultName}`);
    }
    return EXIT.ok;
  });
}
