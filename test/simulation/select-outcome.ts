/** What others may see of a select job in its bucket, whatever crashed. The simulated query copies the archive. */
import assert from "node:assert/strict";
import type { MemoryResults } from "../../src/adapters/results-memory/memory-results.ts";
import type { Job, JobFailed, JobSucceeded } from "../../src/domain/job.ts";
import { formatOutputPath } from "../../src/domain/output-location.ts";
import { concatBytes } from "../../src/std/bytes.ts";

/** A job in progress has at most one manifest, and one of results only with all of them. */
export function checkSelectInProgress(results: MemoryResults, job: Job): void {
  if (job.request.kind !== "Select") {
    return;
  }
  const found = findObjects(results, job);
  assert.ok(found.objects.has("job.txt"), "an accepted job has its job.txt");
  assert.ok(found.resultManifest === undefined || found.errorManifest === undefined);
  for (const name of found.listed) {
    assert.ok(found.objects.has(name), `${name} is in a manifest and not there`);
  }
}

/** An ended job has the manifest of its end, and nothing but what that names. */
export function checkSelectEnded(
  results: MemoryResults,
  job: JobSucceeded | JobFailed,
  archive: Uint8Array,
): void {
  const { objects, resultManifest, errorManifest, listed } = findObjects(results, job);
  const manifest = job.status === "Succeeded" ? "result_manifest.txt" : "error_manifest.txt";
  const expected = ["job.txt", manifest, ...listed].sort();
  assert.deepEqual([...objects.keys()].sort(), expected, "objects of an ended job");
  if (job.status === "Succeeded") {
    assert.ok(resultManifest !== undefined && errorManifest === undefined);
    const bytes = concatBytes(listed.map((name) => objects.get(name)!));
    assert.equal(Buffer.compare(bytes, archive), 0, "the results of a query");
    return;
  }
  assert.ok(resultManifest === undefined && errorManifest !== undefined);
  assert.equal(listed.length, 1);
  const error = JSON.parse(Buffer.from(objects.get(listed[0]!)!).toString()) as {
    readonly code: string;
    readonly message: string;
  };
  assert.ok(job.message.includes(error.message), `${job.message} tells ${error.message}`);
}

function findObjects(results: MemoryResults, job: Job) {
  assert.ok(job.request.kind === "Select");
  const { location } = job.request;
  const path = `${location.bucketName}/${formatOutputPath(location, job.jobId)}`;
  const objects = new Map(
    [...results.objects]
      .filter(([name]) => name.startsWith(path))
      .map(([name, bytes]) => [name.slice(path.length), bytes]),
  );
  const textOf = (name: string) => results.textOf(`${path}${name}`);
  const resultManifest = textOf("result_manifest.txt");
  const errorManifest = textOf("error_manifest.txt");
  const lines = (resultManifest ?? errorManifest ?? "").split("\n").slice(0, -1);
  const listed = lines.map((line) => line.slice(`s3://${path}`.length));
  return { objects, resultManifest, errorManifest, listed };
}
