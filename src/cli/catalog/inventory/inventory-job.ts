/** Asking the service for the inventory of a vault, over as many runs as it takes. */

import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { CallOutput } from "../../../client/call-types.ts";
import { GlacierServiceError, TransportError } from "../../../client/errors.ts";
import { listPages } from "../../../client/paginate.ts";
import { writeFileDurably } from "../../../std/durable-file-node.ts";
import { findFileText, findJsonValue } from "../../../std/json-file-node.ts";
import { EXIT } from "../../exit-codes.ts";
import type { FoundVault } from "../../session/describe-vault.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { formatDuration } from "../../units.ts";
import { journalPath } from "../journal-path.ts";
import { makeFolder } from "../make-folder.ts";

export interface InventoryJob {
  readonly jobId: string;
  /** Bytes of its output. */
  readonly sizeBytes: number;
  /** How far this clock is ahead of the service's, to the second. */
  readonly clockAheadMs: number;
  /** Forgets the job: its inventory was used, and the next run asks for a new one. */
  forget(): Promise<void>;
}

export interface InventoryJobOptions {
  /** Takes the newest completed job that listed the whole vault. */
  readonly reuse?: boolean | undefined;
  /** `false` ends with `later` when the job is not done yet. */
  readonly wait?: boolean | undefined;
  /** The command that takes the job up again, for messages. */
  readonly command: string;
}

const DESCRIPTION = "moraine catalog";
const FIRST_POLL_MS = 500;
const POLL_MAX_MS = 60_000;

/**
 * A completed job with the whole inventory of `vault` as JSON. The job of an earlier run that was not used
 * is taken up, else a new one is started; its id is kept beside the journal before it is waited for, so
 * that a run that ends meanwhile loses nothing. Throws a `VerbFailure`, and what `call` throws.
 */
export async function getInventoryJob(
  session: Session,
  vault: FoundVault,
  options: InventoryJobOptions,
): Promise<InventoryJob> {
  if (options.reuse === true) {
    const jobId = await findCompletedJob(session, vault);
    if (jobId !== undefined) {
      return { ...(await describe(session, vault, jobId)), forget: async () => undefined };
    }
    session.reporter.note(`No completed inventory job of ${vault.vaultName} is left: asking anew.`);
  }
  const path = `${journalPath(session, vault)}.job`;
  const jobId = (await findKeptJob(session, vault, path)) ?? (await startJob(session, vault, path));
  await awaitJob(session, vault, { jobId, ...options });
  const described = await describe(session, vault, jobId);
  return { ...described, forget: async () => await rm(path, { force: true }) };
}

async function describe(session: Session, { vaultName }: FoundVault, jobId: string) {
  const { call, accountId, surroundings } = session;
  const { output, headers } = await call("DescribeJob", { accountId, vaultName, jobId });
  const clockAheadMs = surroundings.nowMs() - Date.parse(headers["date"] ?? "");
  return {
    jobId,
    sizeBytes: Number(output.InventorySizeInBytes ?? 0),
    clockAheadMs: Number.isNaN(clockAheadMs) ? 0 : clockAheadMs,
  };
}

/** The newest completed job that lists the whole vault as JSON. */
async function findCompletedJob(session: Session, vault: FoundVault): Promise<string | undefined> {
  const { call, accountId } = session;
  const input = { accountId, vaultName: vault.vaultName, completed: "true" };
  let newest: { readonly jobId: string; readonly date: string } | undefined;
  for await (const { output } of listPages(call, "ListJobs", input)) {
    for (const { JobId: jobId, CreationDate: date = "", ...job } of output.JobList ?? []) {
      if (jobId && isWhole(job) && (newest === undefined || date > newest.date)) {
        newest = { jobId, date };
      }
    }
  }
  return newest?.jobId;
}

function isWhole(job: NonNullable<CallOutput<"ListJobs">["JobList"]>[number]): boolean {
  const { Format, StartDate, EndDate, Limit, Marker } = job.InventoryRetrievalParameters ?? {};
  return (
    job.Action === "InventoryRetrieval" &&
    job.StatusCode === "Succeeded" &&
    Format === "JSON" &&
    [StartDate, EndDate, Limit, Marker].every((limit) => limit === undefined || limit === null)
  );
}

const keptSchema = z.object({ vault: z.string(), jobId: z.string().min(1) });

/** The job of an earlier run, when the service still has it and it did not fail. */
async function findKeptJob(
  session: Session,
  { vaultName, arn }: FoundVault,
  path: string,
): Promise<string | undefined> {
  const kept = keptSchema.safeParse(findJsonValue((await findFileText(path)) ?? ""));
  if (!kept.success || kept.data.vault !== arn) {
    return undefined;
  }
  const { jobId } = kept.data;
  try {
    const { accountId } = session;
    const { output } = await session.call("DescribeJob", { accountId, vaultName, jobId });
    if (output.StatusCode === "Failed") {
      return undefined;
    }
    session.reporter.note(`Taking up inventory job ${jobId} of an earlier run.`);
    return jobId;
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  }
}

async function startJob(session: Session, vault: FoundVault, path: string): Promise<string> {
  const { call, accountId, reporter } = session;
  const { vaultName, arn } = vault;
  // The folder first: a job whose id can't be kept would be asked for again and again.
  await makeFolder(dirname(path));
  const { output } = await call("InitiateJob", {
    accountId,
    vaultName,
    jobParameters: { Type: "inventory-retrieval", Format: "JSON", Description: DESCRIPTION },
  }).catch((error: unknown) => {
    throw isNotFound(error) ? noInventoryYet(error, vaultName) : error;
  });
  const { jobId = "" } = output;
  await writeFileDurably(path, `${JSON.stringify({ vault: arn, jobId })}\n`, 0o600);
  reporter.done(
    { event: "inventory-requested", vault: vaultName, jobId },
    `Inventory job ${jobId} of ${vaultName} started.`,
  );
  return jobId;
}

async function awaitJob(
  session: Session,
  { vaultName }: FoundVault,
  job: InventoryJobOptions & { readonly jobId: string },
): Promise<void> {
  const { call, accountId, reporter, signal, surroundings } = session;
  const { jobId, wait = true, command } = job;
  const startedAtMs = surroundings.nowMs();
  const progress = reporter.progress({ noun: "inventories", itemCount: 1, totalBytes: 0 });
  try {
    for (let delayMs = FIRST_POLL_MS; ; delayMs = Math.min(POLL_MAX_MS, delayMs * 1.5)) {
      const { output } = await call("DescribeJob", { accountId, vaultName, jobId });
      if (output.StatusCode === "Succeeded") {
        return;
      }
      if (output.StatusCode === "Failed") {
        const reason = output.StatusMessage ?? "no reason is given";
        throw new VerbFailure(
          EXIT.failed,
          `inventory job ${jobId} failed: ${reason}. Run it again.`,
        );
      }
      if (!wait) {
        throw new VerbFailure(
          EXIT.later,
          `inventory job ${jobId} of ${vaultName} is in progress; \`${command}\` goes on with it.`,
        );
      }
      const waited = formatDuration(surroundings.nowMs() - startedAtMs);
      progress.remark(`waiting for the inventory of ${vaultName} since ${waited}`);
      await surroundings.sleep(delayMs, signal);
    }
  } finally {
    progress.close();
  }
}

function noInventoryYet(cause: unknown, vaultName: string): VerbFailure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new VerbFailure(
    EXIT.later,
    `${reason} The service makes the first about a day after the first upload to ${vaultName}.`,
    { cause },
  );
}

function isNotFound(error: unknown): boolean {
  return error instanceof GlacierServiceError && error.code === "ResourceNotFoundException";
}

const BREAKS_MAX = 5;

/**
 * The bytes of a job's output. A broken connection is taken up where it broke, five times without a byte
 * between them at most.
 */
export async function* readJobOutput(
  session: Session,
  { vaultName }: FoundVault,
  jobId: string,
): AsyncGenerator<Uint8Array> {
  const { call, accountId } = session;
  let readBytes = 0;
  for (let breaks = 0; ; ) {
    const range = readBytes === 0 ? {} : { range: `bytes=${readBytes}-` };
    const { output } = await call("GetJobOutput", { accountId, vaultName, jobId, ...range });
    try {
      for await (const chunk of output.body.bytes) {
        readBytes += chunk.length;
        breaks = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      breaks += 1;
      if (!(error instanceof TransportError) || breaks > BREAKS_MAX) {
        throw error;
      }
    } finally {
      output.body.cancel();
    }
  }
}
