/** Whether a job brings what the plan is about. */
import { DamagedOutputError } from "../../../client/transfer/download-errors.ts";
import type { Job } from "../retrieval/jobs.ts";
import type { PlanItem } from "./plan.ts";

/** The catalogue and the service have to agree on what is to come; throws `DamagedOutputError`. */
export function checkJob(item: PlanItem, job: Job): void {
  const sizeBytes = item.pack?.packBytes ?? item.sizeBytes;
  const sameSize = job.archiveSizeBytes === undefined || job.archiveSizeBytes === sizeBytes;
  const sameHash =
    item.treeHash === undefined ||
    job.archiveTreeHash === undefined ||
    job.archiveTreeHash === item.treeHash;
  if (!sameSize || !sameHash) {
    throw new DamagedOutputError(
      `the catalogue has ${sizeBytes} bytes with tree hash ${item.treeHash ?? "unknown"}, ` +
        `the service ${job.archiveSizeBytes} with ${job.archiveTreeHash ?? "none"}`,
    );
  }
}
