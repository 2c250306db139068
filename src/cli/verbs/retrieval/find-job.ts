/** The job that a word of the command line means. */
import { listPages } from "../../../client/paginate.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import { parseVaultPath } from "../../session/vault-path.ts";
import { usageFailure, VerbFailure } from "../../session/verb-failure.ts";
import { type Job, listJobs } from "./jobs.ts";

export interface JobWord {
  readonly vaultName: string;
  readonly jobId: string;
}

/** Job ids of AWS and of this service are longer; what is shorter can be the start of one. */
const FULL_ID_MIN_CHARACTERS = 60;
/** Fewer characters would too often be the start of several. */
const START_MIN_CHARACTERS = 6;

/**
 * `VAULT/JOB`, or `JOB` alone with `vaultName` or the vault of the profile; the start of an id, as the table
 * of `moraine jobs` shows it, will do. Throws a `VerbFailure` when no job or several begin so.
 */
export async function findJobWord(
  session: Session,
  word: string,
  vaultName?: string,
): Promise<JobWord> {
  const { vaultName: vault, path } = parseVaultPath(
    word.includes("/") ? word : `${vaultName ?? ""}/${word}`,
    session.settings,
  );
  const start = path.replace(/…$/, "");
  if (start.length >= FULL_ID_MIN_CHARACTERS) {
    return { vaultName: vault, jobId: start };
  }
  if (start.length < START_MIN_CHARACTERS) {
    throw usageFailure(
      `"${word}" names no job: write VAULT/JOB, with ${START_MIN_CHARACTERS} characters of its id at least`,
    );
  }
  const found: Job[] = [];
  for await (const job of listJobs(session, vault)) {
    if (job.jobId.startsWith(start)) {
      found.push(job);
    }
  }
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const what = only === undefined ? "no job" : `${found.length} jobs`;
    throw new VerbFailure(
      EXIT.failed,
      `${what} of ${vault} begin${only === undefined ? "s" : ""} with "${start}"; ` +
        `\`moraine jobs ${vault} --full-ids\` lists them`,
    );
  }
  return { vaultName: vault, jobId: only.jobId };
}

/** The names of all vaults, or of the one that is given. Throws what `call` throws. */
export async function* listVaultNames(
  session: Session,
  vaultName: string | undefined,
): AsyncGenerator<string, void> {
  if (vaultName !== undefined) {
    yield vaultName;
    return;
  }
  const { call, accountId, signal } = session;
  for await (const { output } of listPages(call, "ListVaults", { accountId }, { signal })) {
    for (const { VaultName } of output.VaultList ?? []) {
      if (VaultName !== undefined) {
        yield VaultName;
      }
    }
  }
}
