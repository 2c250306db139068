/** The `job.txt` of a select job: it proves that the bucket can be written, and is never changed (contract §4.7). */
import type { JobInProgress } from "../../domain/job.ts";
import type { ResultStore } from "../../ports/result-store.ts";
import { assert } from "../../std/assert.ts";
import { putText } from "./put-text.ts";
import { type SelectObjects, selectObjects } from "./select-objects.ts";

/** Writes it; `region` is that of the job's vault. Throws `ResultStoreError`. */
export async function writeSelectJob(
  results: ResultStore,
  region: string,
  job: JobInProgress,
  text: string,
): Promise<void> {
  const { destination, jobText } = objectsOf(job, region);
  await putText(results, destination, jobText, text);
}

/** Removes it, of a job that was refused after all. Throws `ResultStoreError`. */
export async function removeSelectJob(
  results: ResultStore,
  region: string,
  job: JobInProgress,
): Promise<void> {
  const { destination, jobText } = objectsOf(job, region);
  await results.remove(destination, jobText);
}

function objectsOf({ jobId, request }: JobInProgress, region: string): SelectObjects {
  assert(request.kind === "Select", `job ${jobId} is no select job`);
  return selectObjects(request, jobId, region);
}
