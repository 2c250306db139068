/** `moraine vault tag`: lists, sets and removes tags. */
import type { Command } from "commander";
import { EXIT } from "../../exit-codes.ts";
import type { VerbContext } from "../../session/verb.ts";
import { usageFailure } from "../../session/verb-failure.ts";

const EXAMPLES = `
KEY=VALUE sets a tag and KEY- removes one; without any, the tags are listed.

Examples:
  moraine vault tag photos
  moraine vault tag photos project=family year=2025 draft-
`;

export function addTag(parent: Command, { withSession }: VerbContext): void {
  const command = parent
    .command("tag")
    .description("List, set and remove the tags of a vault.")
    .argument("<vault>", "Name of the vault.")
    .argument("[change...]", "KEY=VALUE or KEY-.")
    .addHelpText("after", EXAMPLES);
  withSession<[string, string[]], object>(command, async (session, { words }) => {
    const [vaultName, changes] = words;
    const { call, accountId, reporter, flags } = session;
    const vault = { accountId, vaultName };
    const { set, remove } = parseChanges(changes);
    if (flags.dryRun) {
      reporter.data({ event: "would-tag", vault: vaultName, set, remove }, changes.join("\n"));
      return EXIT.ok;
    }
    // Removing first makes room: a vault has 50 tags at most.
    if (remove.length > 0) {
      await call("RemoveTagsFromVault", { ...vault, TagKeys: remove });
    }
    if (Object.keys(set).length > 0) {
      await call("AddTagsToVault", { ...vault, Tags: set });
    }
    const { output } = await call("ListTagsForVault", vault);
    const tags = output.Tags ?? {};
    const lines = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
    reporter.data({ event: "tags", vault: vaultName, tags }, lines.join("\n") || "no tags");
    return EXIT.ok;
  });
}

function parseChanges(changes: readonly string[]) {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const change of changes) {
    const equals = change.indexOf("=");
    if (equals > 0) {
      set[change.slice(0, equals)] = change.slice(equals + 1);
    } else if (change.endsWith("-") && change.length > 1) {
      remove.push(change.slice(0, -1));
    } else {
      throw usageFailure(`"${change}" must be KEY=VALUE to set a tag, or KEY- to remove one`);
    }
  }
  return { set, remove };
}
