/**
 * A select job: the archive's verified bytes go through the query, and the output goes to the bucket, the manifest
 * last. A crash before the manifest leaves parts that no manifest names, one after it a manifest of a job that is
 * still in progress; the next run removes both and writes the same again, since a query sees the job's own time.
 */
import type { Archive } from "../../domain/archive.ts";
import type { JobOutcome, SelectRequest } from "../../domain/job.ts";
import { SelectFailure } from "../../domain/select-failure.ts";
import { finishJob } from "./finish-job.ts";
import type { ClaimedJob, JobServices } from "./job-services.ts";
import { LeaseLost } from "./lease.ts";
import { clearResults, publishError, publishResults, type SelectError } from "./publish-select.ts";
import { ArchiveDamaged, readVerifiedArchive } from "./read-verified-archive.ts";
import { reportDamage } from "./report-damage.ts";
import { type SelectObjects, selectObjects } from "./select-objects.ts";
import { ArchiveDeleted, createRunWatch, type RunWatch } from "./watch-run.ts";
import { writeResults } from "./write-results.ts";

const archiveDeleted: SelectError = {
  code: "ArchiveDeleted",
  message: "The archive was deleted before the job completed.",
  recordNumber: undefined,
};

/**
 * Runs the claimed job to its end and returns how it ended. Damage, deletion and what the query stumbles over end it
 * `Failed`; other errors, the bucket's too, are thrown, and then the job is still in progress.
 */
export async function runSelect(
  services: JobServices,
  claimed: ClaimedJob,
  request: SelectRequest,
): Promise<JobOutcome> {
  const objects = await findObjects(services, claimed, request);
  const { results } = services;
  await clearResults(results, objects, () => claimed.lease.keep());
  const evaluated = await evaluate(services, claimed, request, objects);
  await claimed.lease.keep();
  let outcome: JobOutcome;
  if (evaluated.kind === "Results") {
    await publishResults(results, objects, evaluated.partKeys);
    outcome = { status: "Succeeded", output: undefined };
  } else {
    await clearResults(results, objects, () => claimed.lease.keep());
    await publishError(results, objects, evaluated.error);
    outcome = { status: "Failed", message: formatFailure(evaluated.error) };
  }
  await services.metadata.transaction((session) => finishJob(session, services, claimed, outcome));
  return outcome;
}

/**
 * Tells the owner of the bucket, as far as it can be told, that the service gave the job up with `message`.
 * Throws `ResultStoreError`, and `LeaseLost` when the vault is gone.
 */
export async function publishGivenUp(
  services: JobServices,
  claimed: ClaimedJob,
  request: SelectRequest,
  message: string,
): Promise<void> {
  const objects = await findObjects(services, claimed, request);
  await clearResults(services.results, objects, async () => undefined);
  const error = { code: "InternalError", message, recordNumber: undefined };
  await publishError(services.results, objects, error);
}

async function findObjects(
  { metadata }: JobServices,
  { job }: ClaimedJob,
  request: SelectRequest,
): Promise<SelectObjects> {
  const vault = await metadata.vaults.get(job.vaultId);
  if (vault === undefined) {
    throw new LeaseLost(job.jobId);
  }
  return selectObjects(request, job.jobId, vault.region);
}

type Evaluated =
  | { readonly kind: "Results"; readonly partKeys: readonly string[] }
  | { readonly kind: "Error"; readonly error: SelectError };

async function evaluate(
  services: JobServices,
  claimed: ClaimedJob,
  request: SelectRequest,
  objects: SelectObjects,
): Promise<Evaluated> {
  const archive = await findLiveArchive(services, request);
  if (archive === undefined) {
    return { kind: "Error", error: archiveDeleted };
  }
  const watch = createRunWatch(services, claimed.lease, archive.archiveId);
  try {
    const partKeys = await runQuery(services, claimed, { request, archive, objects, watch });
    // Deleted by now, the archive would not have been there for a run that ends now.
    const isLive = (await findLiveArchive(services, request)) !== undefined;
    return isLive ? { kind: "Results", partKeys } : { kind: "Error", error: archiveDeleted };
  } catch (error) {
    return { kind: "Error", error: await decideError(services, claimed, request, error) };
  }
}

async function runQuery(
  services: JobServices,
  { job }: ClaimedJob,
  run: {
    readonly request: SelectRequest;
    readonly archive: Archive;
    readonly objects: SelectObjects;
    readonly watch: RunWatch;
  },
): Promise<readonly string[]> {
  const { request, archive, objects, watch } = run;
  const ending = new AbortController();
  const parts = readVerifiedArchive(services, archive);
  const task = { parameters: request.parameters, nowMs: job.createdAtMs };
  const output = services.selectRunner.run(task, parts, ending.signal)[Symbol.asyncIterator]();
  try {
    return await writeResults(services.results, objects, output, watch);
  } finally {
    // The query ends wherever it is, and then what it read from is closed.
    ending.abort();
    await output.return?.();
  }
}

/** What looks like damage may be the collector at work on a deleted archive. Rethrows what is not the job's end. */
async function decideError(
  services: JobServices,
  { job }: ClaimedJob,
  request: SelectRequest,
  error: unknown,
): Promise<SelectError> {
  if (error instanceof ArchiveDeleted) {
    return archiveDeleted;
  }
  if (error instanceof SelectFailure) {
    const { failureCode: code, message, recordNumber } = error;
    return { code, message, recordNumber };
  }
  if (!(error instanceof ArchiveDamaged)) {
    throw error;
  }
  if ((await findLiveArchive(services, request)) === undefined) {
    return archiveDeleted;
  }
  reportDamage(services, job.jobId, request.archiveId, error.damage);
  return { code: "ArchiveDamaged", message: error.message, recordNumber: undefined };
}

async function findLiveArchive(
  { metadata }: JobServices,
  { archiveId }: SelectRequest,
): Promise<Archive | undefined> {
  const archive = await metadata.archives.find(archiveId);
  return archive?.deletedSequence === undefined ? archive : undefined;
}

/** The status message; the error file has the same in parts. The message of a record's error names the record. */
function formatFailure({ code, message }: SelectError): string {
  const isOfArchive = code === "ArchiveDeleted" || code === "ArchiveDamaged";
  return isOfArchive ? message : `The query failed: ${code}: ${message}`;
}
