/** `moraine restore`: brings archives back to a folder, within a budget, and goes on where it was ended. */
import { mkdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { RETRIEVAL_TIERS, type RetrievalTier } from "../../domain/retrieval-tier.ts";
import { journalFolder } from "../catalog/journal-path.ts";
import { readCatalog } from "../catalog/open-journal.ts";
import { EXIT, worstStatus } from "../exit-codes.ts";
import { describeVault } from "../session/describe-vault.ts";
import type { GlobalFlags } from "../session/global-flags.ts";
import type { Session } from "../session/session.ts";
import { parseVaultPath } from "../session/vault-path.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure } from "../session/verb-failure.ts";
import { parseInstant, parseSize } from "../units.ts";
import { journalRestore } from "./restore/journal-restore.ts";
import { type RestoreScope, scopeRestore } from "./restore/make-plan.ts";
import type { ExistingFiles } from "./restore/plan.ts";
import { createPlanFile, newPlanId, openPlanFile, type PlanFile } from "./restore/plan-file.ts";
import {
  checkBudget,
  reportEnd,
  reportMatch,
  reportPaused,
  reportScope,
} from "./restore/report.ts";
import { runPlan } from "./restore/run-plan.ts";
import { addDecryptFlags, type DecryptOptions, parseDecryption } from "./retrieval/decrypt.ts";
import { makeFolders } from "./retrieval/local-file.ts";
import { findPolicyRoom, smallerLimit } from "./retrieval/retrieval-policy.ts";
import { selectArchives } from "./retrieval/select-archives.ts";

interface RestoreOptions extends GlobalFlags, DecryptOptions {
  readonly before?: number;
  readonly after?: number;
  readonly tier?: RetrievalTier;
  readonly maxBytes?: number;
  readonly versions?: true;
  readonly resume?: string;
  readonly overwrite?: true;
  readonly skipExisting?: true;
}

const EXAMPLES = `
Names of archives become paths below DIR; what would lead out of it, or is the name of another file, is
changed and listed. Files are verified by tree hash before they have their names. Encrypted archives are
written as NAME.gpg or NAME.age unless --decrypt is given.

Exit status: 0 all restored; 1 some failed; 5 some were damaged; 6 refused by a policy or --max-bytes;
75 paused, continue with --resume.

Examples:
  moraine restore family ./out
  moraine restore 'family/photos/2025/**' ./out --before 2026-01-01 --tier Bulk
  moraine restore family ./out --max-rate 50GiB/h
  moraine restore --resume r-7f3a91c2
`;

export const restore = createVerb("restore", (command, { withSession }) => {
  addWords(command);
  withSession<[string | undefined, string | undefined], RestoreOptions>(
    command,
    async (session, { words, options }) => {
      const [source, dir] = words;
      if (options.resume !== undefined) {
        if (source !== undefined) {
          throw usageFailure(
            "--resume continues a plan, which knows vault and folder: leave them out",
          );
        }
        if (options.decrypt || options.identity !== undefined) {
          throw usageFailure(
            "--resume continues a plan, which knows how to decrypt: leave out --decrypt and --identity",
          );
        }
        return await resume(session, options.resume, options);
      }
      if (source === undefined || dir === undefined) {
        throw usageFailure("write VAULT[/GLOB] and DIR, or --resume ID");
      }
      return await begin(session, { source, dir: resolve(dir) }, options);
    },
  );
});

function addWords(command: Command): void {
  command
    .description("Bring archives back to a folder, under the names of their files.")
    .argument("[VAULT[/GLOB]]", "The archives: all of a vault, a folder of it, a name or a glob.")
    .argument("[DIR]", "Folder to restore to; made when it is missing.")
    .option(
      "--before <date>",
      "Archives uploaded before it; of each name the newest of them.",
      parseInstant,
    )
    .option("--after <date>", "Archives uploaded at or after it.", parseInstant)
    .addOption(new Option("--tier <tier>", "Retrieval tier.").choices(RETRIEVAL_TIERS))
    .option("--max-bytes <size>", "Refuse to retrieve more than this.", parseSize)
    .option("--versions", "Older archives of a name too, as photo.jpg;2.")
    .addOption(new Option("--overwrite", "Replace files that differ.").conflicts("skipExisting"))
    .option("--skip-existing", "Leave files that differ.")
    .option("--resume <id>", "Continue a plan that was ended.");
  addDecryptFlags(command).addHelpText("after", EXAMPLES);
}

async function begin(
  session: Session,
  words: { readonly source: string; readonly dir: string },
  options: RestoreOptions,
): Promise<number> {
  const { settings, reporter } = session;
  const { vaultName, path } = parseVaultPath(words.source, settings);
  const vault = await describeVault(session, vaultName);
  const catalog = await readCatalog(session, vault);
  const { before: beforeMs, after: afterMs, versions } = options;
  const selected = selectArchives(catalog, { path, beforeMs, afterMs, versions });
  if (selected.length === 0) {
    reporter.failed(
      { event: "no-match", vault: vaultName, path },
      `no archive of ${vaultName} matches; \`moraine ls ${vaultName}\` lists them`,
    );
    return EXIT.failed;
  }
  const existing = existingOf(options);
  const decryption = parseDecryption(options);
  const scope = await scopeRestore(selected, { dir: words.dir, existing, decryption, catalog });
  const tier = options.tier ?? settings.tier.value;
  const room = await findPolicyRoom(session, tier);
  const bytesPerHour = smallerLimit(hourly(settings.maxRate.value), room.bytesPerHour);
  reportMatch(session, scope, { tier, room, bytesPerHour });
  reportScope(session, scope);
  checkBudget(scope, { maxBytes: options.maxBytes, room });
  if (options.dryRun) {
    return refusedStatus(scope);
  }
  if (scope.items.length === 0) {
    reportEnd(session, scope, undefined);
    return refusedStatus(scope);
  }
  await mkdir(words.dir, { recursive: true });
  const dir = await realpath(words.dir);
  await makeFolders(dir, []);
  const file = await createPlanFile(plansFolder(session), {
    id: newPlanId(),
    createdAtMs: session.surroundings.nowMs(),
    vaultName,
    vaultArn: vault.arn,
    dir,
    tier,
    bytesPerHour,
    existing,
    decryption,
    items: scope.items,
  });
  return await carryOut(session, { file, scope, bytesPerHour });
}

async function resume(session: Session, id: string, options: RestoreOptions): Promise<number> {
  const file = await openPlanFile(plansFolder(session), id);
  const { plan } = file;
  const vault = await describeVault(session, plan.vaultName).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  if (vault.arn !== plan.vaultArn) {
    await file.close();
    throw usageFailure(`the plan ${id} is of ${plan.vaultArn}, and this is ${vault.arn}`);
  }
  const done = new Set(
    file.records.flatMap((record) => (record.op === "DONE" ? [record.item] : [])),
  );
  const items = plan.items.filter((_, index) => !done.has(index));
  const scope: RestoreScope = { items, present: [], refused: [], renamed: [] };
  const room = await findPolicyRoom(session, plan.tier);
  const asked = options.maxRate === undefined ? plan.bytesPerHour : hourly(options.maxRate);
  const bytesPerHour = smallerLimit(asked, room.bytesPerHour);
  reportMatch(session, scope, { tier: plan.tier, room, bytesPerHour });
  if (options.dryRun) {
    await file.close();
    return EXIT.ok;
  }
  await mkdir(plan.dir, { recursive: true });
  return await carryOut(session, { file, scope, bytesPerHour });
}

async function carryOut(
  session: Session,
  work: {
    readonly file: PlanFile;
    readonly scope: RestoreScope;
    readonly bytesPerHour: number | undefined;
  },
): Promise<number> {
  const { file, scope, bytesPerHour } = work;
  const { reporter } = session;
  const totalBytes = scope.items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  reporter.note(`Plan    ${file.plan.id} → ${file.plan.dir}`);
  const progress = reporter.progress({
    noun: "archives",
    itemCount: scope.items.length,
    totalBytes,
  });
  try {
    const counts = await runPlan(session, file, { progress, bytesPerHour });
    progress.close();
    await journalRestore(session, file.plan, counts);
    reportEnd(session, scope, counts);
    const statuses = counts.failures.map(({ status }) => status);
    if (statuses.length === 0) {
      await file.remove();
    } else {
      await file.close();
      reportPaused(session, file.plan, "Try those that failed again with");
    }
    return worstStatus([...statuses, refusedStatus(scope)]);
  } catch (error) {
    progress.close();
    await file.close();
    reportPaused(session, file.plan, "Continue with");
    if (session.signal.aborted) {
      return EXIT.later;
    }
    throw error;
  }
}

function existingOf({ overwrite, skipExisting }: RestoreOptions): ExistingFiles {
  return overwrite ? "overwrite" : skipExisting ? "skip" : "keep";
}

function refusedStatus({ refused }: RestoreScope): number {
  return worstStatus(refused.map(({ status }) => status));
}

function hourly(bytesPerSecond: number | undefined): number | undefined {
  return bytesPerSecond === undefined ? undefined : bytesPerSecond * 3600;
}

function plansFolder(session: Pick<Session, "settings">): string {
  return join(journalFolder(session), "plans");
}
