/** The reference page of the settings, from their table. */
import { SETTINGS, type SettingRow } from "./config.ts";
import { envKey, fileKey } from "./config-sources.ts";

const INTRODUCTION = `# Configuration

The settings of \`moraine serve\`. Each can be given in three ways, of which the first one counts:

1. a flag: \`--tier-delays aws\` or \`--tier-delays=aws\`; the last one when it is repeated,
2. an environment variable: \`MORAINE_TIER_DELAYS=aws\`; an empty one counts as absent,
3. a key of a YAML file: \`tierDelays: aws\`; the file is named by \`--config FILE\` or \`MORAINE_CONFIG\`.

Relative paths start at the folder in which the process starts. Durations carry a unit: \`500ms\`, \`60s\`,
\`15m\`, \`24h\`, \`7d\`.

All values are checked before anything starts, those too that do not count. Mistakes, among them unknown flags
and unknown keys of the file, are reported together on standard error, and the process exits with status 2.
Environment variables that no setting has are left alone: Kubernetes, for one, makes some of its own for a
service called moraine.

## The root identity

Without settings, an access key and an account are generated at the first start, kept in
\`<data-dir>/root-credentials.json\` (mode 0600) and shown once. Settings win over that file and are not written
into it. Key id and secret are given together or not at all; without \`root-account-id\` the account of the
file stays, or one is generated and kept.
`;

/** The text of docs/reference/configuration.md. */
export function formatConfigurationPage(): string {
  const rows = Object.entries<SettingRow<unknown>>(SETTINGS);
  const overview = [
    "## Overview",
    "",
    "| flag | environment variable | key | default |",
    "|---|---|---|---|",
    ...rows.map(([name, row]) => formatRow(name, row)),
    "",
  ];
  const sections = rows.map(([name, row]) => formatSection(name, row));
  return [INTRODUCTION, overview.join("\n"), "## Settings\n", sections.join("\n")].join("\n");
}

function formatRow(name: string, row: SettingRow<unknown>): string {
  const key = row.inFile ? `\`${fileKey(name)}\`` : "–";
  return `| \`--${name}\` | \`${envKey(name)}\` | ${key} | ${formatDefault(row)} |`;
}

function formatSection(name: string, row: SettingRow<unknown>): string {
  const lines = [
    `### ${name}`,
    "",
    row.summary,
    "",
    `- must be ${row.kind.rule}`,
    `- default: ${formatDefault(row)}`,
    ...(row.secret ? ["- secret: never printed"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function formatDefault(row: SettingRow<unknown>): string {
  return row.default === undefined ? (row.otherwise ?? "none") : `\`${row.default}\``;
}
