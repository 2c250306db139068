/** `moraine jobs`: the jobs that the service remembers. */
import Table from "cli-table3";
import { findCatalog } from "../catalog/open-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { escapeControls } from "../high-level/tool-command.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { GlobalFlags } from "../session/global-flags.ts";
import type { Session } from "../session/session.ts";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { formatDuration } from "../units.ts";
import { listVaultNames } from "./retrieval/find-job.ts";
import { shortenId } from "./retrieval/job-text.ts";
import { type Job, listJobs } from "./retrieval/jobs.ts";

interface JobsOptions extends GlobalFlags {
  readonly watch?: true;
  readonly fullIds?: true;
}

interface NamedJob {
  readonly vaultName: string;
  readonly job: Job;
  /** Of the archive, from the catalogue; absent for inventories and without one. */
  readonly name: string | undefined;
}

const WATCH_PAUSE_MS = 5000;
/** How long outputs last at least (contract §4.1); a service may keep them longer. */
const RETENTION_MS = 24 * 3_600_000;

const EXAMPLES = `
Examples:
  moraine jobs
  moraine jobs family --watch
  moraine jobs family --full-ids
`;

export const jobs = createVerb("jobs", (command, { withSession }) => {
  command
    .description("List retrieval and inventory jobs, of one vault or of all.")
    .argument("[VAULT]", "Only the jobs of this vault.")
    .option("--watch", "Draw the list again every 5 s, until all jobs have ended.")
    .option("--full-ids", "Print ids in full.")
    .addHelpText("after", EXAMPLES);
  withSession<[string | undefined], JobsOptions>(
    command,
    async (session, { words: [word], options }) => {
      const vault = word === undefined ? undefined : parseVaultPath(word, session.settings);
      const catalogs = new Map<string, ReadonlyMap<string, { readonly name: string }>>();
      for (;;) {
        const found = await collectJobs(session, vault?.vaultName, catalogs);
        printJobs(session, found, options);
        const isDone = found.every(({ job }) => job.state !== "InProgress");
        if (!options.watch || isDone) {
          return EXIT.ok;
        }
        await session.surroundings.sleep(WATCH_PAUSE_MS, session.signal);
      }
    },
  );
});

async function collectJobs(
  session: Session,
  only: string | undefined,
  catalogs: Map<string, ReadonlyMap<string, { readonly name: string }>>,
): Promise<NamedJob[]> {
  const found: NamedJob[] = [];
  for await (const vaultName of listVaultNames(session, only)) {
    for await (const job of listJobs(session, vaultName)) {
      if (!catalogs.has(vaultName)) {
        const vault = await describeVault(session, vaultName);
        catalogs.set(vaultName, (await findCatalog(session, vault))?.entries ?? new Map());
      }
      const name = catalogs.get(vaultName)?.get(job.archiveId ?? "")?.name;
      found.push({ vaultName, job, name });
    }
  }
  return found.toSorted((left, right) => right.job.createdAtMs - left.job.createdAtMs);
}

function printJobs(session: Session, found: readonly NamedJob[], options: JobsOptions): void {
  const { reporter, surroundings, terminal } = session;
  const nowMs = surroundings.nowMs();
  if (options.json) {
    for (const { vaultName, job, name } of found) {
      reporter.data({ event: "job", vault: vaultName, name, ...describe(job) }, "");
    }
    return;
  }
  if (options.watch && terminal.isOutputScreen) {
    // Home and erase: the list is drawn over the last one.
    terminal.stdout("\u001b[H\u001b[2J");
  }
  if (found.length === 0) {
    reporter.note("no jobs");
    return;
  }
  for (const line of formatJobTable(found, { nowMs, fullIds: options.fullIds === true })) {
    reporter.data({ event: "line" }, line);
  }
}

function describe(job: Job) {
  const { createdAtMs, completedAtMs, ...rest } = job;
  const iso = (epochMs: number) => new Date(epochMs).toISOString();
  return {
    ...rest,
    createdAt: iso(createdAtMs),
    completedAt: completedAtMs === undefined ? undefined : iso(completedAtMs),
  };
}

/** The lines of the table; the name stands last, because it may be long. */
export function formatJobTable(
  found: readonly NamedJob[],
  { nowMs, fullIds }: { readonly nowMs: number; readonly fullIds: boolean },
): readonly string[] {
  const table = new Table({
    head: ["JOB", "VAULT", "TYPE", "TIER", "STATE", "AGE", "EXPIRES", "NAME"],
    chars: Object.fromEntries(BORDERS.map((border) => [border, border === "middle" ? "  " : ""])),
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  for (const { vaultName, job, name } of found) {
    const { jobId, kind, tier, state, createdAtMs, completedAtMs, archiveId } = job;
    const shownName = name ?? (archiveId === undefined ? "" : shortenId(archiveId));
    const left = completedAtMs === undefined ? undefined : completedAtMs + RETENTION_MS - nowMs;
    table.push([
      fullIds ? jobId : shortenId(jobId),
      vaultName,
      kind,
      tier ?? "–",
      state,
      formatDuration(nowMs - createdAtMs),
      left === undefined ? "–" : left > 0 ? `in ${formatDuration(left)}` : "any time",
      escapeControls(shownName),
    ]);
  }
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

const BORDERS = [
  ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left"],
  ...["bottom-right", "left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
];
