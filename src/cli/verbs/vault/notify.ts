/** `moraine vault notify`: shows, sets and removes where the ends of jobs are told. */
import { type Command, Option } from "commander";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import type { VerbContext } from "../../session/verb.ts";
import { usageFailure } from "../../session/verb-failure.ts";
import { findSetting } from "./find-setting.ts";

const EVENTS = {
  archive: "ArchiveRetrievalCompleted",
  inventory: "InventoryRetrievalCompleted",
} as const;

const EXAMPLES = `
Without a topic the present setting is shown. Topics are made with \`aws sns create-topic\`.

Examples:
  moraine vault notify photos
  moraine vault notify photos --topic arn:aws:sns:us-east-1:111122223333:jobs --on archive inventory
  moraine vault notify photos --off
`;

interface Options {
  readonly topic?: string;
  readonly on: readonly (keyof typeof EVENTS)[];
  readonly off?: true;
}

export function addNotify(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("notify")
    .description("Show, set or remove the topic that is told when jobs of a vault end.")
    .argument("<vault>", "Name of the vault.")
    .option("--topic <arn>", "ARN of the topic to tell.")
    .addOption(
      new Option("--on <jobs...>", "Kinds of jobs.")
        .choices(Object.keys(EVENTS))
        .default(Object.keys(EVENTS)),
    )
    .option("--off", "Tell no topic any longer.")
    .addHelpText("after", EXAMPLES);
  withSession<[string], Options>(command, async (session, { words: [vaultName], options }) => {
    if (options.topic !== undefined && options.off) {
      throw usageFailure("--topic and --off exclude each other");
    }
    if (!session.flags.dryRun) {
      await change(session, vaultName, options);
    }
    const vault = { accountId: session.accountId, vaultName };
    const found = await findSetting(() => session.call("GetVaultNotifications", vault));
    const config = found?.output.vaultNotificationConfig;
    const line =
      config === undefined
        ? "no notifications"
        : `${config.SNSTopic}: ${config.Events?.join(", ")}`;
    session.reporter.data({ event: "notifications", vault: vaultName, ...config }, line);
    return EXIT.ok;
  });
}

async function change(session: Session, vaultName: string, options: Options): Promise<void> {
  const vault = { accountId: session.accountId, vaultName };
  if (options.off) {
    await session.call("DeleteVaultNotifications", vault);
  } else if (options.topic !== undefined) {
    await session.call("SetVaultNotifications", {
      ...vault,
      vaultNotificationConfig: {
        SNSTopic: options.topic,
        Events: options.on.map((kind) => EVENTS[kind]),
      },
    });
  }
}
