/** The objects of a select job: where they lie and what they are called (contract §4.7). */
import type { JobId } from "../../domain/ids.ts";
import type { SelectRequest } from "../../domain/job.ts";
import { formatOutputPath } from "../../domain/output-location.ts";
import type { ResultDestination } from "../../ports/result-store.ts";

/** Keys within the bucket of `destination`; those of parts and errors count from 0. */
export interface SelectObjects {
  readonly destination: ResultDestination;
  /** All keys of the job begin with it; it ends with a slash. */
  readonly path: string;
  readonly jobText: string;
  readonly resultManifest: string;
  readonly errorManifest: string;
  partKey(index: number): string;
  errorKey(index: number): string;
}

/** `region` is that of the job's vault. */
export function selectObjects(
  { location }: SelectRequest,
  jobId: JobId,
  region: string,
): SelectObjects {
  const path = formatOutputPath(location, jobId);
  const { prefix: _, ...destination } = location;
  const number = (index: number) => index.toString().padStart(5, "0");
  return {
    destination: { ...destination, region },
    path,
    jobText: `${path}job.txt`,
    resultManifest: `${path}result_manifest.txt`,
    errorManifest: `${path}error_manifest.txt`,
    partKey: (index) => `${path}results/part-${number(index)}.csv`,
    errorKey: (index) => `${path}errors/error-${number(index)}.json`,
  };
}

/** A manifest: the location of each object, one a line. */
export function formatManifest({ destination }: SelectObjects, keys: readonly string[]): string {
  return keys.map((key) => `s3://${destination.bucketName}/${key}\n`).join("");
}
