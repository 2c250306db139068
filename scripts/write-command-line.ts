/** Writes docs/reference/command-line.md from the table of commands. */
import { writeFileSync } from "node:fs";
import { COMMANDS } from "../src/cli/command-table.ts";
import { formatReferencePage } from "../src/cli/help/reference-page.ts";

const page = new URL("../docs/reference/command-line.md", import.meta.url);
writeFileSync(page, await formatReferencePage(COMMANDS));
