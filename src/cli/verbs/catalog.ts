/** `moraine catalog`: the journal of a vault, and how it is made, compared and exchanged. */
import { Option } from "commander";
import { RETRIEVAL_TIERS } from "../../domain/retrieval-tier.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../catalog/formats/format-export.ts";
import { IMPORT_FORMATS, type ImportFormat } from "../catalog/formats/read-import.ts";
import { createVerb } from "../session/verb.ts";
import { exportCatalog } from "./catalog-export.ts";
import { importCatalog } from "./catalog-import.ts";
import { rebuildCatalog } from "./catalog-rebuild.ts";
import { showCatalog } from "./catalog-show.ts";
import { type UnpackOptions, unpackCatalog } from "./catalog-unpack.ts";

const EXAMPLES = `
Examples:
  moraine catalog show family
  moraine catalog rebuild family
  moraine catalog rebuild family --no-wait
  moraine catalog export family --format mtglacier -o family.journal
  moraine catalog import family glacier.journal
`;

const REBUILD_HELP = `
Asks the service for its inventory and writes into the journal what the two know otherwise; each
difference is counted, and told with --json. An archive that is missing from an inventory which is
older than the archive is not called missing. --no-wait ends with status 75 while the job is in
progress; the same command later goes on with it.

Examples:
  moraine catalog rebuild family
  moraine catalog rebuild family --reuse
  moraine catalog rebuild family --dry-run --json
`;

const IMPORT_HELP = `
Formats: moraine (a journal), mtglacier (a journal of mt-aws-glacier), glacier-cli (its cache, SQLite),
synology (the file of the vault NAME_mapping, SQLite), inventory-json and inventory-csv (outputs of
inventory jobs), fastglacier (an inventory as JSON with FastGlacier's descriptions). The files of
glacier-cli and Synology know names only: run \`moraine catalog rebuild\` first.

Archives that the journal knows keep their record and get what it lacks. A file with anything malformed
is refused as a whole.

Examples:
  moraine catalog import family glacier.journal
  moraine catalog import nas mapping.sqlite3 --format synology
`;

const EXPORT_HELP = `
Examples:
  moraine catalog export family > family.jsonl
  moraine catalog export family --format mtglacier -o family.journal
  moraine catalog export family --format inventory-csv | less
`;

export const catalog = createVerb("catalog", (command, { withSession }) => {
  command
    .description("Show, rebuild, export and import the journal of a vault.")
    .addHelpText("after", EXAMPLES);
  const show = command
    .command("show")
    .description("Say where the journal is and what it knows.")
    .argument("<vault>", "Name of the vault.")
    .addHelpText("after", "\nExamples:\n  moraine catalog show family\n");
  withSession<[string], object>(
    show,
    async (session, { words: [vault] }) => await showCatalog(session, vault),
  );
  const rebuild = command
    .command("rebuild")
    .description("Bring the journal in line with the inventory of the service.")
    .argument("<vault>", "Name of the vault.")
    .option("--reuse", "Take the newest completed inventory job, if the service has one.")
    .option("--no-wait", "Don't wait for the inventory job.")
    .addHelpText("after", REBUILD_HELP);
  withSession<[string], { readonly reuse?: true; readonly wait: boolean }>(
    rebuild,
    async (session, { words: [vault], options }) => await rebuildCatalog(session, vault, options),
  );
  const unpacking = command
    .command("unpack")
    .description("Read the indexes of packs whose files the journal does not know.")
    .argument("<vault>", "Name of the vault.")
    .addOption(new Option("--tier <tier>", "Retrieval tier.").choices(RETRIEVAL_TIERS))
    .option("--no-wait", "Start the jobs and end with status 75; run again to read them.")
    .addHelpText("after", "\nExamples:\n  moraine catalog unpack family --tier Bulk\n");
  withSession<[string], UnpackOptions>(
    unpacking,
    async (session, { words: [vault], options }) => await unpackCatalog(session, vault, options),
  );
  const exporting = command
    .command("export")
    .description("Write the catalogue in a form that other programs read.")
    .argument("<vault>", "Name of the vault.")
    .addOption(new Option("--format <name>", "Form.").choices(EXPORT_FORMATS).default("moraine"))
    .option("-o, --output <file>", "File to write; standard output by default.")
    .addHelpText("after", EXPORT_HELP);
  withSession<[string], { readonly format: ExportFormat; readonly output?: string }>(
    exporting,
    async (session, { words: [vault], options }) => await exportCatalog(session, vault, options),
  );
  const importing = command
    .command("import")
    .description("Add what another program knows of the vault.")
    .argument("<vault>", "Name of the vault.")
    .argument("<file>", "File to read.")
    .addOption(new Option("--format <name>", "Form; found out by default.").choices(IMPORT_FORMATS))
    .addHelpText("after", IMPORT_HELP);
  withSession<[string, string], { readonly format?: ImportFormat }>(
    importing,
    async (session, { words: [vault, path], options }) =>
      await importCatalog(session, vault, { ...options, path }),
  );
});
