/** `moraine sync`: makes a vault hold what a folder holds. */
import { Option } from "commander";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { parseDuration } from "../units.ts";
import { addScanFlags } from "./put/put-options.ts";
import { runSync, type SyncOptions } from "./sync/run-sync.ts";

const NOTES = `
Without --new, --replace-modified and --delete-removed it does what --new does, as mt-aws-glacier has it.
An archive is deleted only when the one that replaces it is stored. Files that are left out, empty or can't
be read do not count as removed.

Examples:
  moraine sync ~/Photos family/photos --new --replace-modified --yes
  moraine sync ~/Photos family/photos --new --delete-removed --keep-deleted 90d --dry-run
`;

export const sync = createVerb("sync", (command, { withSession }) => {
  command
    .description("Make a vault hold what a folder holds.")
    .usage("[flags] DIR VAULT[/PREFIX]")
    .argument("<dir>", "The folder.")
    .argument("<vault>", "Where to, as VAULT or VAULT/PREFIX.")
    .option("--new", "Store files whose names the vault lacks.")
    .option("--replace-modified", "Store files that differ, then delete their older archives.")
    .option("--delete-removed", "Delete archives whose files are no longer there.")
    .addOption(
      new Option(
        "--keep-deleted <duration>",
        "Delete nothing that was uploaded less than this ago, such as 90d.",
      ).argParser(parseDuration),
    );
  addScanFlags(command).addHelpText("after", NOTES);
  withSession<[string, string], SyncOptions>(command, async (session, { words, options }) => {
    const [folder, target] = words;
    const { vaultName, path } = parseVaultPath(target, session.settings);
    const prefix = path.replace(/^\/+|\/+$/g, "");
    return await runSync(session, { folder, vaultName, prefix }, options);
  });
});
