/** `moraine vault show`: everything that is set for a vault. */
import type { Command } from "commander";
import type { CallOutput } from "../../../client/call-types.ts";
import { EXIT } from "../../exit-codes.ts";
import { describeVault, type FoundVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import type { VerbContext } from "../../session/verb.ts";
import { formatCount, formatSize } from "../../units.ts";
import { findSetting } from "./find-setting.ts";

const EXAMPLES = `
Numbers are those of the last inventory.

Examples:
  moraine vault show photos
  moraine vault show photos --json
`;

export function addShow(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("show")
    .description("Show a vault, its tags, policies, lock and notifications.")
    .argument("<vault>", "Name of the vault.")
    .addHelpText("after", EXAMPLES);
  withSession<[string], object>(command, async (session, { words: [vaultName] }) => {
    const found = await describeVault(session, vaultName);
    const settings = await readSettings(session, vaultName);
    session.reporter.data({ event: "vault", ...found, ...settings }, format(found, settings));
    return EXIT.ok;
  });
}

interface VaultSettings {
  readonly tags: Readonly<Record<string, string>>;
  readonly accessPolicy: string | undefined;
  readonly lock: CallOutput<"GetVaultLock"> | undefined;
  readonly notifications: CallOutput<"GetVaultNotifications">["vaultNotificationConfig"];
}

async function readSettings(
  { call, accountId }: Session,
  vaultName: string,
): Promise<VaultSettings> {
  const vault = { accountId, vaultName };
  const [tags, policy, lock, notifications] = await Promise.all([
    call("ListTagsForVault", vault),
    findSetting(() => call("GetVaultAccessPolicy", vault)),
    findSetting(() => call("GetVaultLock", vault)),
    findSetting(() => call("GetVaultNotifications", vault)),
  ]);
  return {
    tags: tags.output.Tags ?? {},
    accessPolicy: policy?.output.policy?.Policy,
    lock: lock?.output,
    notifications: notifications?.output.vaultNotificationConfig,
  };
}

function format(found: FoundVault, settings: VaultSettings): string {
  const { tags, accessPolicy, lock, notifications } = settings;
  const tagTexts = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  const events = notifications?.Events?.join(", ") ?? "";
  const rows: readonly (readonly [string, string])[] = [
    ["Vault", found.vaultName],
    ["ARN", found.arn],
    ["Created", found.createdAt ?? "-"],
    ["Inventory", found.lastInventoryAt ?? "none yet"],
    ["Archives", `${formatCount(found.archiveCount, "archive")}, ${formatSize(found.sizeBytes)}`],
    ["Tags", tagTexts.join(", ") || "none"],
    ["Lock", lock === undefined ? "none" : formatLock(lock)],
    [
      "Notifications",
      notifications === undefined ? "none" : `${notifications.SNSTopic}: ${events}`,
    ],
    ["Access policy", accessPolicy ?? "none"],
    ...(lock?.Policy === undefined ? [] : [["Lock policy", lock.Policy] as const]),
  ];
  return rows.map(([title, value]) => `${title.padEnd(14)} ${value}`).join("\n");
}

function formatLock({ State, ExpirationDate, CreationDate }: CallOutput<"GetVaultLock">): string {
  return State === "Locked"
    ? `locked for ever, begun ${CreationDate}`
    : `being tested since ${CreationDate}; gone at ${ExpirationDate} unless completed`;
}
