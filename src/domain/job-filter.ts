/** The filters of ListJobs (contract §2.28). */
import { invalidParameter } from "./errors.ts";
import type { JobStatus } from "./job.ts";

const STATUSES = ["InProgress", "Succeeded", "Failed"] as const satisfies readonly JobStatus[];

/** The `statuscode` to keep, every one when absent. Throws `InvalidParameterValueException`. */
export function parseStatusFilter(text: string | undefined): JobStatus | undefined {
  const status = STATUSES.find((known) => known === text);
  if (text !== undefined && status === undefined) {
    throw invalidParameter(`The job status code is not valid: ${text}`);
  }
  return status;
}

/** Whether to keep jobs that ended, or those that did not; all when absent. Throws likewise. */
export function parseCompletedFilter(text: string | undefined): boolean | undefined {
  switch (text) {
    case undefined:
      return undefined;
    case "true":
      return true;
    case "false":
      return false;
    default:
      throw invalidParameter(`Invalid completed: ${text}. It must be true or false.`);
  }
}
