/** `moraine put`: stores files, folders or standard input in a vault. */
import { Option } from "commander";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure } from "../session/verb-failure.ts";
import { parseSize } from "../units.ts";
import { addScanFlags, type PutOptions } from "./put/put-options.ts";
import { putPaths } from "./put/put-paths.ts";
import { putStandardInput } from "./put/put-stream.ts";

const NOTES = `
A folder photos is stored as photos/..., and photos/ as what is in it. Files that the vault has under the
same name, with the same size and modification time, are skipped. What was interrupted is continued by the
same command. Empty files are listed and not stored, because an archive has at least 1 byte.

Examples:
  moraine put ~/Photos/2025 family/photos
  moraine put --exclude '*.tmp' --exclude cache docs/ family
  moraine put --pack ~/Mail family/mail
  pg_dump shop | moraine put - backups/shop/2026-01-31.sql
  tar c /srv | moraine put --expect-size 2TiB - backups/srv.tar
`;

export const put = createVerb("put", (command, { withSession }) => {
  command
    .description("Store files, folders or standard input in a vault.")
    .usage("[flags] PATH...|- VAULT[/PREFIX]")
    .argument("<words...>", "Paths, or - for standard input; then where to.");
  addScanFlags(command)
    .option("--force", "Store what the vault has already, as another version.")
    .option("--name <name>", "Name of the one file, in place of its own.")
    .addOption(
      new Option(
        "--expect-size <size>",
        "Of standard input, when it may exceed 625 GiB.",
      ).argParser(parseSize),
    )
    .addHelpText("after", NOTES);
  withSession<[readonly string[]], PutOptions>(command, async (session, { words, options }) => {
    const [given] = words;
    const paths = given.slice(0, -1);
    const target = given.at(-1) ?? "";
    if (paths.length === 0) {
      throw usageFailure(
        `"${target}" is all that was given: write PATH... VAULT[/PREFIX], the vault last`,
      );
    }
    const { vaultName, path } = parseVaultPath(target, session.settings);
    const prefix = path.replace(/^\/+|\/+$/g, "");
    if (paths.includes("-")) {
      if (options.pack || options.packSize !== undefined) {
        throw usageFailure("--pack goes with files: standard input is one archive");
      }
      const name = nameOfInput(paths, prefix, options);
      return await putStandardInput(session, { vaultName, name }, options);
    }
    if (options.name !== undefined && paths.length > 1) {
      throw usageFailure("--name names one file; give one path with it");
    }
    if (options.expectSize !== undefined) {
      throw usageFailure("--expect-size goes with standard input: the sizes of files are known");
    }
    return await putPaths(session, { paths, vaultName, prefix }, options);
  });
});

function nameOfInput(paths: readonly string[], prefix: string, { name }: PutOptions): string {
  if (paths.length > 1) {
    throw usageFailure("- stands for standard input and can't be given together with other paths");
  }
  const given = name === undefined || prefix === "" ? (name ?? prefix) : `${prefix}/${name}`;
  if (given === "") {
    throw usageFailure("standard input has no name of its own: write VAULT/NAME");
  }
  return given;
}
