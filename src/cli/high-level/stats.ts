/** `moraine stats`: what a running service keeps, and how it does. */
import Table from "cli-table3";
import { Command } from "commander";
import type { CountedOwner, ServiceStats } from "../../client/admin-client.ts";
import { formatJson, type JsonValue } from "../../std/json.ts";
import {
  type AdminSurroundings,
  addAdminUrl,
  connect,
  runAdminCommand,
} from "../admin-connection.ts";
import { silentTerminal, type Terminal } from "../terminal.ts";
import { formatSize } from "../units.ts";
import { OPERATOR_EXAMPLES } from "./operator-examples.ts";

interface Options {
  readonly json?: boolean;
  readonly adminUrl: string;
}

/** Runs `stats`; resolves with the exit status. */
export async function stats(
  words: readonly string[],
  terminal: Terminal,
  surroundings: AdminSurroundings = { env: process.env, fetch, nowMs: Date.now },
): Promise<number> {
  const command = describeStats(terminal, surroundings.env);
  command.action(async (options: Options) => {
    const found = await connect(options.adminUrl, surroundings).describeService();
    // The answer was JSON.
    const text = options.json ? formatJson(found as unknown as JsonValue) : formatStats(found);
    terminal.stdout(`${text}\n`);
  });
  return await runAdminCommand(command, words, terminal);
}

/** Its words, for manual pages and completion too. */
export function describeStats(
  terminal: Terminal = silentTerminal,
  env: AdminSurroundings["env"] = {},
): Command {
  const command = new Command("moraine stats")
    .description("Show what a running service keeps: vaults, archives, uploads, jobs and room.")
    .addHelpText("after", OPERATOR_EXAMPLES.stats)
    .exitOverride()
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .option("--json", "Print one JSON object.");
  return addAdminUrl(command, env);
}

function formatStats(found: ServiceStats): string {
  const plain = { style: { head: [], border: [] } };
  const owners = new Table({
    ...plain,
    head: ["Account", "Region", "Vaults", "Archives", "Bytes", "Uploads", "Jobs (open/ok/failed)"],
    colAligns: ["left", "left", "right", "right", "right", "right", "right"],
  });
  for (const owner of found.Owners) {
    owners.push([owner.AccountId, owner.Region, ...formatOwner(owner)]);
  }
  owners.push(["Total", "", ...formatOwner(found.Total)]);
  const facts = new Table(plain);
  facts.push(...listFacts(found).map(([name, value]) => ({ [name]: value })));
  return `${owners.toString()}\n${facts.toString()}`;
}

function formatOwner({ Vaults, Archives, Bytes, UploadsInProgress, Jobs }: CountedOwner) {
  return [
    String(Vaults),
    String(Archives),
    formatSize(Number(Bytes)),
    String(UploadsInProgress),
    `${Jobs.InProgress}/${Jobs.Succeeded}/${Jobs.Failed}`,
  ];
}

function listFacts(found: ServiceStats): readonly [name: string, value: string][] {
  const { Blobs, Leftovers, OldestUnfinishedJob: job } = found;
  const room = (bytes: number | null) => (bytes === null ? "unknown" : formatSize(bytes));
  return [
    ["Version", found.Version],
    ["Up", `${formatDuration(found.UptimeSeconds)}, boot ${found.Boot}, since ${found.StartedAt}`],
    ["Inventory", found.Inventory],
    ["Blobs", formatSize(Number(Blobs.Bytes))],
    ["Disk", `${room(Blobs.FreeBytes)} free of ${room(Blobs.TotalBytes)}`],
    ["Deleted, to be freed", `${Blobs.GarbageManifests} manifests`],
    [
      "Leftovers",
      Leftovers === null
        ? "not swept yet"
        : `${Leftovers.Removed} removed, ${Leftovers.Suspected} suspected, ${Leftovers.UnknownBoot} of` +
          ` unknown boots (${Leftovers.SweptAt})`,
    ],
    ["Scrub", formatScrub(found.Scrub)],
    ["Damaged archives", String(found.Scrub.DamagedArchives)],
    ["Mirror", formatMirror(found.Mirror)],
    [
      "Next unfinished job",
      job === null
        ? "none"
        : `due ${job.DueDate}, created ${job.CreationDate}, vault ${job.VaultName ?? "(gone)"}`,
    ],
  ];
}

function formatScrub(scrub: ServiceStats["Scrub"]): string {
  const rate =
    scrub.BytesPerSecond === null
      ? "off"
      : `${formatSize(scrub.BytesPerSecond)}/s${scrub.TooSlow ? ", too slow" : ""}`;
  const oldest =
    scrub.OldestVerifiedAt === null ? "" : `, all verified since ${scrub.OldestVerifiedAt}`;
  const pass =
    scrub.Pass === 0
      ? "no pass yet"
      : `pass ${scrub.Pass} ${scrub.PassEndedAt === null ? "under way" : `ended ${scrub.PassEndedAt}`}`;
  return `${rate}, ${pass}${oldest}`;
}

function formatMirror(mirror: ServiceStats["Mirror"]): string {
  if (mirror === null) {
    return "none";
  }
  const free = mirror.FreeBytes === null ? "unknown" : formatSize(mirror.FreeBytes);
  return `${mirror.Ready ? "has every blob" : "is being filled"}, ${free} free (${mirror.Directory})`;
}

function formatDuration(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const clock = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19);
  return days === 0 ? clock : `${days} d ${clock}`;
}
