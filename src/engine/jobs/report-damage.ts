/** Tells whoever runs the service of an archive that can't be given back. */
import type { ArchiveId, JobId } from "../../domain/ids.ts";
import type { JobServices } from "./job-services.ts";
import type { RangeDamage } from "./range-damage.ts";

/** Logs the damage that the job met, with where it is stored, and counts it. */
export function reportDamage(
  services: Pick<JobServices, "logger" | "metrics" | "suspect">,
  jobId: JobId,
  archiveId: ArchiveId,
  { blobId, kind, range }: RangeDamage,
): void {
  services.logger.error(
    { jobId, archiveId, blobId, kind, range },
    "an archive is damaged in storage",
  );
  services.metrics.maintenance({ task: "rotten-archive", count: 1 });
  if (blobId !== undefined) {
    services.suspect?.(blobId);
  }
}
