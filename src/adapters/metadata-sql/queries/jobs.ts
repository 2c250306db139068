/** Jobs: their life, lists and expiry. Leases are in `job-leases.ts`. */
import type { Selectable } from "kysely";
import type { JobId } from "../../../domain/ids.ts";
import {
  JOB_KINDS,
  type Job,
  type JobInProgress,
  type JobOutcome,
  type JobOutput,
  type JobStatus,
} from "../../../domain/job.ts";
import { countedBytes, hourlyRate } from "../../../domain/retrieval-policy.ts";
import type { JobStore } from "../../../ports/metadata-store.ts";
import { assert, assertNever } from "../../../std/assert.ts";
import { formatHexId, formatTextId, parseHexId, parseTextId } from "../columns.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { JobsTable, SqlContext } from "../schema.ts";
import { formatOutput, formatRequest, parseOutput, parseRequest } from "./job-documents.ts";
import {
  claimDueJobs,
  findNextClaimableAtMs,
  releaseJobLeases,
  renewJobLease,
} from "./job-leases.ts";
import { discardManifest } from "./manifests.ts";
import { textContexts } from "./sealed-texts.ts";

export function makeJobStore(context: SqlContext): JobStore {
  return {
    insert: (job) => insertJob(context, job),
    find: (jobId) => findJob(context, jobId),
    listPage: (page) => listJobPage(context, page),
    claimDue: async (nowMs, lease, limit, kinds = JOB_KINDS) =>
      (await claimDueJobs(context, { nowMs, lease, limit, kinds })).map((row) =>
        inProgressOfRow(context, row),
      ),
    releaseLeases: () => releaseJobLeases(context),
    renewLease: (jobId, lease) => renewJobLease(context, jobId, lease),
    finish: (jobId, owner, end) => finishJob(context, { jobId, owner, end }),
    nextClaimableAtMs: (kinds = JOB_KINDS) => findNextClaimableAtMs(context, kinds),
    listExpired: (nowMs, limit) => listExpiredJobs(context, nowMs, limit),
    remove: (jobId) => removeJob(context, jobId),
  };
}

type Page = Parameters<JobStore["listPage"]>[0];
type End = Parameters<JobStore["finish"]>[2];

async function insertJob(context: SqlContext, job: JobInProgress): Promise<void> {
  const { description, request } = job;
  await insertRow(context, {
    job_id: parseTextId(job.jobId),
    vault_id: job.vaultId,
    kind: request.kind,
    status: job.status,
    created_at_ms: job.createdAtMs,
    due_at_ms: job.dueAtMs,
    claimable_at_ms: job.dueAtMs,
    description:
      description === undefined
        ? null
        : context.texts.seal(description, textContexts.job(job.jobId)),
    sns_topic: job.snsTopic ?? null,
    request: context.texts.seal(formatRequest(request), textContexts.jobRequest(job.jobId)),
    retrieval_tier: request.kind === "InventoryRetrieval" ? null : request.tier,
    hourly_rate: hourlyRate(countedBytes(request)),
  });
}

type NewJobRow = Omit<
  Selectable<JobsTable>,
  | "lease_owner"
  | "completed_at_ms"
  | "expires_at_ms"
  | "output_manifest_id"
  | "output"
  | "failure_message"
  | "hourly_rate"
> & { readonly hourly_rate: bigint | null };

const insertRow = prepareQuery(({ db }, row: NewJobRow) =>
  db.insertInto("jobs").values({
    job_id: row.job_id,
    vault_id: row.vault_id,
    kind: row.kind,
    status: row.status,
    created_at_ms: row.created_at_ms,
    due_at_ms: row.due_at_ms,
    claimable_at_ms: row.claimable_at_ms,
    description: row.description,
    sns_topic: row.sns_topic,
    request: row.request,
    retrieval_tier: row.retrieval_tier,
    hourly_rate: row.hourly_rate,
  }),
);

async function findJob(context: SqlContext, jobId: JobId): Promise<Job | undefined> {
  const [row] = await selectJob(context, { id: parseTextId(jobId) });
  return row && jobOfRow(context, row);
}

const selectJob = prepareQuery(({ db }, { id }: { readonly id: Uint8Array }) =>
  db.selectFrom("jobs").where("job_id", "=", id).selectAll(),
);

/**
 * One query per status and a merge, so that the index over vault, status and id serves every filter
 * without passing over jobs of another status.
 */
async function listJobPage(context: SqlContext, page: Page): Promise<readonly Job[]> {
  const rows: JobRow[] = [];
  for (const status of statusesOfPage(page)) {
    rows.push(...(await listRowsOfStatus(context, page, status)));
  }
  rows.sort((left, right) => Buffer.compare(right.job_id, left.job_id));
  return rows.slice(0, page.limit).map((row) => jobOfRow(context, row));
}

const STATUSES: readonly JobStatus[] = ["InProgress", "Succeeded", "Failed"];

function statusesOfPage({ status, completed }: Page): readonly JobStatus[] {
  return STATUSES.filter(
    (candidate) =>
      (status === undefined || candidate === status) &&
      (completed === undefined || completed === (candidate !== "InProgress")),
  );
}

async function listRowsOfStatus(
  context: SqlContext,
  page: Page,
  status: JobStatus,
): Promise<readonly JobRow[]> {
  const { vaultId, from, limit } = page;
  return from === undefined
    ? await selectFirstOfStatus(context, { vaultId, status, limit })
    : await selectOfStatus(context, { vaultId, status, limit, from: parseTextId(from) });
}

interface StatusPage {
  readonly vaultId: number;
  readonly status: JobStatus;
  readonly limit: number;
}

const selectFirstOfStatus = prepareQuery((context, page: StatusPage) =>
  selectStatus(context, page).limit(page.limit),
);

const selectOfStatus = prepareQuery((context, page: StatusPage & { readonly from: Uint8Array }) =>
  selectStatus(context, page).where("job_id", "<=", page.from).limit(page.limit),
);

function selectStatus({ db }: SqlContext, { vaultId, status }: StatusPage) {
  return db
    .selectFrom("jobs")
    .where("vault_id", "=", vaultId)
    .where("status", "=", status)
    .selectAll()
    .orderBy("job_id", "desc");
}

interface FinishJob {
  readonly jobId: JobId;
  readonly owner: string;
  readonly end: End;
}

async function finishJob(context: SqlContext, { jobId, owner, end }: FinishJob): Promise<boolean> {
  const result = await context.db
    .updateTable("jobs")
    .set({
      status: end.outcome.status,
      completed_at_ms: end.completedAtMs,
      expires_at_ms: end.expiresAtMs,
      claimable_at_ms: null,
      lease_owner: null,
      ...outcomeColumns(end.outcome),
    })
    .where("job_id", "=", parseTextId(jobId))
    .where("status", "=", "InProgress")
    .where("lease_owner", "=", owner)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function outcomeColumns(outcome: JobOutcome) {
  switch (outcome.status) {
    case "Succeeded":
      return outcome.output === undefined
        ? {}
        : {
            output_manifest_id: parseHexId(outcome.output.manifestId),
            output: formatOutput(outcome.output),
          };
    case "Failed":
      return { failure_message: outcome.message };
    default:
      return assertNever(outcome);
  }
}

async function listExpiredJobs(
  context: SqlContext,
  nowMs: number,
  limit: number,
): Promise<readonly Job[]> {
  const rows = await context.db
    .selectFrom("jobs")
    .where("expires_at_ms", "<=", nowMs)
    .selectAll()
    .orderBy("expires_at_ms")
    .limit(limit)
    .execute();
  return rows.map((row) => jobOfRow(context, row));
}

/** An archive job's output is the archive's own manifest, so only the pin on it ends. */
async function removeJob(context: SqlContext, jobId: JobId): Promise<void> {
  const id = parseTextId(jobId);
  await context.db.deleteFrom("pins").where("job_id", "=", id).execute();
  const row = await context.db
    .deleteFrom("jobs")
    .where("job_id", "=", id)
    .returning(["kind", "output_manifest_id"])
    .executeTakeFirst();
  if (row?.kind === "InventoryRetrieval" && row.output_manifest_id !== null) {
    await discardManifest(context, formatHexId(row.output_manifest_id));
  }
}

type JobRow = Selectable<JobsTable>;

function jobOfRow(context: SqlContext, row: JobRow): Job {
  switch (row.status) {
    case "InProgress":
      return inProgressOfRow(context, row);
    case "Succeeded":
      return {
        ...factsOfRow(context, row),
        ...endOfRow(row),
        status: row.status,
        output: outputOfRow(row),
      };
    case "Failed":
      assert(row.failure_message !== null, "a failed job must have its message");
      return {
        ...factsOfRow(context, row),
        ...endOfRow(row),
        status: row.status,
        message: row.failure_message,
      };
    default:
      return assertNever(row.status);
  }
}

function outputOfRow(row: JobRow): JobOutput | undefined {
  if (row.kind === "Select") {
    return undefined;
  }
  assert(
    row.output_manifest_id !== null && row.output !== null,
    "a succeeded job must have its output",
  );
  return { manifestId: formatHexId(row.output_manifest_id), ...parseOutput(row.output) };
}

function inProgressOfRow(context: SqlContext, row: JobRow): JobInProgress {
  return { ...factsOfRow(context, row), status: "InProgress" };
}

function endOfRow(row: JobRow): { readonly completedAtMs: number; readonly expiresAtMs: number } {
  assert(
    row.completed_at_ms !== null && row.expires_at_ms !== null,
    "an ended job must have its completion and expiry times",
  );
  return { completedAtMs: row.completed_at_ms, expiresAtMs: row.expires_at_ms };
}

function factsOfRow({ texts }: SqlContext, row: JobRow): Omit<JobInProgress, "status"> {
  const jobId = formatTextId<JobId>(row.job_id);
  return {
    jobId,
    vaultId: row.vault_id,
    createdAtMs: row.created_at_ms,
    dueAtMs: row.due_at_ms,
    description:
      row.description === null ? undefined : texts.open(row.description, textContexts.job(jobId)),
    snsTopic: row.sns_topic ?? undefined,
    request: parseRequest(texts.open(row.request, textContexts.jobRequest(jobId))),
  };
}
