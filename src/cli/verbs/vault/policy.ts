/** `moraine vault policy get|set|rm`: the access policy of a vault. */
import type { Command } from "commander";
import { EXIT } from "../../exit-codes.ts";
import type { VerbContext } from "../../session/verb.ts";
import { readPolicyText } from "./read-policy-text.ts";

const EXAMPLES = `
Examples:
  moraine vault policy get photos > policy.json
  moraine vault policy set photos policy.json
  moraine vault policy rm photos
`;

export function addPolicy(parent: Command, context: VerbContext): void {
  const policy = parent
    .command("policy")
    .description("Show, set and remove the access policy of a vault.")
    .addHelpText("after", EXAMPLES);
  addGet(policy, context);
  addSet(policy, context);
  addRemove(policy, context);
}

function addGet(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("get")
    .description("Print the policy, byte for byte as it was set.")
    .argument("<vault>", "Name of the vault.");
  withSession<[string], object>(command, async (session, { words: [vaultName] }) => {
    const { call, accountId, reporter } = session;
    const { output } = await call("GetVaultAccessPolicy", { accountId, vaultName });
    const text = output.policy?.Policy ?? "";
    reporter.data({ event: "access-policy", vault: vaultName, policy: text }, text);
    return EXIT.ok;
  });
}

function addSet(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("set")
    .description("Set the policy, in place of the one there is.")
    .argument("<vault>", "Name of the vault.")
    .argument("<file>", 'The policy document, JSON; "-" is standard input.');
  withSession<[string, string], object>(command, async (session, { words }) => {
    const [vaultName, file] = words;
    const { call, accountId, reporter, flags } = session;
    const text = await readPolicyText(session, file);
    if (!flags.dryRun) {
      await call("SetVaultAccessPolicy", { accountId, vaultName, policy: { Policy: text } });
    }
    const event = flags.dryRun ? "would-set-access-policy" : "set-access-policy";
    reporter.done({ event, vault: vaultName }, `${event.replaceAll("-", " ")} of ${vaultName}`);
    return EXIT.ok;
  });
}

function addRemove(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("rm")
    .description("Remove the policy.")
    .argument("<vault>", "Name of the vault.");
  withSession<[string], object>(command, async (session, { words: [vaultName] }) => {
    const { call, accountId, reporter, flags } = session;
    if (!flags.dryRun) {
      await call("DeleteVaultAccessPolicy", { accountId, vaultName });
    }
    const event = flags.dryRun ? "would-remove-access-policy" : "removed-access-policy";
    reporter.done({ event, vault: vaultName }, `${event.replaceAll("-", " ")} of ${vaultName}`);
    return EXIT.ok;
  });
}
