import type { HashHex } from "../../domain/archive.ts";
import {
  type ByteRange,
  equalRanges,
  findDownloadRange,
  formatContentRange,
  rangeLength,
} from "../../domain/byte-range.ts";
import { invalidParameter } from "../../domain/errors.ts";
import type { JobOutput, JobRequest, SelectRequest } from "../../domain/job.ts";
import { isTreeHashAligned } from "../../domain/tree-hash.ts";
import { getJob } from "../get-job.ts";
import type { Handler, Services } from "../handler.ts";
import { readRangeTreeHash } from "../range-tree-hash.ts";
import { openManifest, readManifest } from "../read-manifest.ts";

/** Downloads the output of a succeeded job, or one range of it (contract §2.29). */
export const getJobOutput: Handler<"GetJobOutput"> = async (input, call, services) => {
  const job = await getJob(services, call.vault, input.jobId);
  const { request } = job;
  if (request.kind === "Select") {
    throw invalidParameter(
      `The job has no output for download: ${input.jobId}. The results of select jobs are in their` +
        " bucket, below the job's JobOutputPath.",
    );
  }
  if (job.status !== "Succeeded" || job.output === undefined) {
    throw invalidParameter(`The job is not currently available for download: ${input.jobId}`);
  }
  const { output } = job;
  const totalBytes = rangeLength(output.range);
  const asked = findDownloadRange(input.range, totalBytes);
  const sent = asked ?? { start: 0, endExclusive: totalBytes };
  const stored = {
    start: output.range.start + sent.start,
    endExclusive: output.range.start + sent.endExclusive,
  };
  return {
    body: {
      sizeBytes: rangeLength(sent),
      bytes: readManifest(services, output.manifestId, stored),
      pieces: () => openManifest(services, output.manifestId, stored),
    },
    status: asked === undefined ? 200 : 206,
    checksum: await findChecksum(services, request, output, stored),
    contentRange: asked === undefined ? undefined : formatContentRange(asked, totalBytes),
    acceptRanges: "bytes",
    contentType: contentTypeOf(request),
    archiveDescription:
      request.kind === "ArchiveRetrieval" ? request.archiveDescription : undefined,
  };
};

/** Without a charset, since clients compare the whole value (contract §2.29). */
function contentTypeOf(request: Exclude<JobRequest, SelectRequest>): string {
  if (request.kind === "ArchiveRetrieval") {
    return "application/octet-stream";
  }
  return request.format === "CSV" ? "text/csv" : "application/json";
}

/**
 * The tree hash of the bytes sent, `stored` in the archive: only when they, and the range that the job
 * retrieved, are tree-hash aligned, and never for an inventory (contract §3.4). For the whole output it is
 * known, however large the archive.
 */
async function findChecksum(
  services: Services,
  request: JobRequest,
  output: JobOutput,
  stored: ByteRange,
): Promise<HashHex | undefined> {
  if (request.kind !== "ArchiveRetrieval" || output.treeHash === undefined) {
    return undefined;
  }
  if (equalRanges(stored, output.range)) {
    return output.treeHash;
  }
  if (!isTreeHashAligned(stored, request.archiveSizeBytes)) {
    return undefined;
  }
  const { manifests } = services.metadata;
  return await readRangeTreeHash(manifests, output.manifestId, stored, services.sha256);
}
