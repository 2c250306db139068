/** Writes the manual pages of the published package into `man/`, from the table of commands. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../src/cli/command-table.ts";
import { formatGlacierManPage } from "../src/cli/help/glacier-man-page.ts";
import { formatManPage, formatTextPage, type ManPageFacts } from "../src/cli/help/man-page.ts";
import { formatOverview } from "../src/cli/help/overview.ts";
import { HELP_TOPICS } from "../src/cli/help/topics.ts";

const root = join(import.meta.dirname, "..");
const folder = join(root, "man");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const epochSeconds = process.env["SOURCE_DATE_EPOCH"];
const now = epochSeconds === undefined ? new Date() : new Date(Number(epochSeconds) * 1000);
const date = now.toISOString().slice(0, 10);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const write = (page: string, section: number, text: string) =>
  writeFileSync(join(folder, `${page}.${section}`), text);

const commandPages = COMMANDS.map(({ name }) => `moraine-${name}(1)`);
const topicPages = HELP_TOPICS.map(({ name }) => `moraine-${name}(7)`);
const facts: ManPageFacts = { version, date, seeAlso: ["moraine(1)", ...topicPages] };

for (const row of COMMANDS) {
  const command = await row.describe?.();
  if (command !== undefined) {
    write(`moraine-${row.name}`, 1, formatManPage(command, facts));
  }
}
write("moraine-glacier", 1, formatGlacierManPage(facts));
for (const topic of HELP_TOPICS) {
  const text = topic.text.split("\n").slice(2).join("\n");
  write(
    `moraine-${topic.name}`,
    7,
    formatTextPage(`moraine-${topic.name}`, topic.summary, text, facts),
  );
}
const overview = { ...facts, seeAlso: [...commandPages, ...topicPages] };
const summary = "archives in vaults, by the Amazon S3 Glacier vault API";
write(
  "moraine",
  1,
  formatTextPage("moraine", summary, formatOverview(78), overview).replace(" 7 ", " 1 "),
);
