import { getJob } from "../get-job.ts";
import type { Handler } from "../handler.ts";
import { renderJob } from "../render-job.ts";

/** Describes a job until its time is over (contract §2.27). */
export const describeJob: Handler<"DescribeJob"> = async (input, call, services) =>
  await renderJob(services, call.vault, await getJob(services, call.vault, input.jobId));
