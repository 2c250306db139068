/** `moraine vault lock init|complete|abort|show`: the lock of a vault, which nobody can take back. */
import type { Command } from "commander";
import { EXIT } from "../../exit-codes.ts";
import { confirmDestruction } from "../../session/confirm-destruction.ts";
import type { VerbContext } from "../../session/verb.ts";
import { readPolicyText } from "./read-policy-text.ts";

const EXAMPLES = `
A lock policy is in force from \`init\` on. For 24 hours it can be tested and aborted; completed in that
time it stays for ever, for the root too.

Examples:
  moraine vault lock init records keep-seven-years.json
  moraine vault lock complete records LOCK_ID
  moraine vault lock abort records
  moraine vault lock show records
`;

export function addLock(parent: Command, context: VerbContext): void {
  const lock = parent
    .command("lock")
    .description("Lock a vault for ever by a policy.")
    .addHelpText("after", EXAMPLES);
  addInit(lock, context);
  addComplete(lock, context);
  addAbort(lock, context);
  addShow(lock, context);
}

function addInit(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("init")
    .description("Set a lock policy to be tested; prints the id that completes it.")
    .argument("<vault>", "Name of the vault.")
    .argument("<file>", 'The policy document, JSON; "-" is standard input.');
  withSession<[string, string], object>(command, async (session, { words }) => {
    const [vaultName, file] = words;
    const { call, accountId, reporter, flags } = session;
    const text = await readPolicyText(session, file);
    if (flags.dryRun) {
      reporter.done({ event: "would-init-lock", vault: vaultName }, `would lock ${vaultName}`);
      return EXIT.ok;
    }
    const { output } = await call("InitiateVaultLock", {
      accountId,
      vaultName,
      policy: { Policy: text },
    });
    const { lockId = "" } = output;
    reporter.data({ event: "lock-in-progress", vault: vaultName, lockId }, lockId);
    reporter.note(
      `In force now, for 24 hours. Keep it for ever: moraine vault lock complete ${vaultName} ${lockId}`,
    );
    return EXIT.ok;
  });
}

function addComplete(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("complete")
    .description("Lock the vault for ever.")
    .argument("<vault>", "Name of the vault.")
    .argument("<lock-id>", "What `vault lock init` printed.");
  withSession<[string, string], object>(command, async (session, { words }) => {
    const [vaultName, lockId] = words;
    const { call, accountId, reporter, flags } = session;
    if (flags.dryRun) {
      reporter.done({ event: "would-lock", vault: vaultName }, `would lock ${vaultName} for ever`);
      return EXIT.ok;
    }
    await confirmDestruction(session, {
      what: `The lock policy of ${vaultName} can't be changed or removed afterwards, by anybody`,
      word: vaultName,
    });
    await call("CompleteVaultLock", { accountId, vaultName, lockId });
    reporter.done({ event: "locked", vault: vaultName }, `locked ${vaultName}`);
    return EXIT.ok;
  });
}

function addAbort(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("abort")
    .description("Remove a lock policy that is being tested.")
    .argument("<vault>", "Name of the vault.");
  withSession<[string], object>(command, async (session, { words: [vaultName] }) => {
    const { call, accountId, reporter, flags } = session;
    if (!flags.dryRun) {
      await call("AbortVaultLock", { accountId, vaultName });
    }
    const event = flags.dryRun ? "would-abort-lock" : "aborted-lock";
    reporter.done({ event, vault: vaultName }, `${event.replaceAll("-", " ")} of ${vaultName}`);
    return EXIT.ok;
  });
}

function addShow(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("show")
    .description("Print the lock policy and its state.")
    .argument("<vault>", "Name of the vault.");
  withSession<[string], object>(command, async (session, { words: [vaultName] }) => {
    const { call, accountId, reporter } = session;
    const { output } = await call("GetVaultLock", { accountId, vaultName });
    const { State = "", ExpirationDate, Policy = "" } = output;
    const until = ExpirationDate === undefined ? "" : ` until ${ExpirationDate}`;
    reporter.data({ event: "lock", vault: vaultName, ...output }, `${State}${until}\n${Policy}`);
    return EXIT.ok;
  });
}
