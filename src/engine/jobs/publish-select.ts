/**
 * What others see of a select job's end: a manifest of results or one of errors, never both. A run first takes away
 * what an earlier one left, manifests before all else, so that no manifest ever names what is not there.
 */
import type { ResultStore } from "../../ports/result-store.ts";
import { putText } from "./put-text.ts";
import { formatManifest, type SelectObjects } from "./select-objects.ts";

/** Why a select job failed, as its error file says it. */
export interface SelectError {
  readonly code: string;
  readonly message: string;
  /** The record of the input, from 1; `undefined` when none is to blame. */
  readonly recordNumber: number | undefined;
}

/** Removes everything of the job but its `job.txt`; `keep` is called between removals. */
export async function clearResults(
  results: ResultStore,
  objects: SelectObjects,
  keep: () => Promise<void>,
): Promise<void> {
  const { destination, path, jobText } = objects;
  const manifests = [objects.resultManifest, objects.errorManifest];
  for (const key of manifests) {
    await results.remove(destination, key);
  }
  // Listed before the first is removed: a listing in pages may pass over keys when others vanish.
  const left: string[] = [];
  for await (const key of results.list(destination, path)) {
    left.push(key);
  }
  for (const key of left.filter((candidate) => candidate !== jobText)) {
    await keep();
    await results.remove(destination, key);
  }
}

/** Writes the manifest that says the job succeeded, after all its parts are there. */
export async function publishResults(
  results: ResultStore,
  objects: SelectObjects,
  partKeys: readonly string[],
): Promise<void> {
  const { destination, resultManifest } = objects;
  await putText(results, destination, resultManifest, formatManifest(objects, partKeys));
}

/** Writes the error file and then the manifest that says the job failed. */
export async function publishError(
  results: ResultStore,
  objects: SelectObjects,
  error: SelectError,
): Promise<void> {
  const { destination, errorManifest } = objects;
  const key = objects.errorKey(0);
  const { code, message, recordNumber = null } = error;
  await putText(results, destination, key, `${JSON.stringify({ code, message, recordNumber })}\n`);
  await putText(results, destination, errorManifest, formatManifest(objects, [key]));
}
