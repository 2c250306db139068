/** The text that topics are told of a job that ended: its description, as DescribeJob shows it (contract §5). */
import type { JobFailed, JobSucceeded } from "../domain/job.ts";
import type { Vault } from "../domain/vault.ts";
import type { Output } from "../protocol/operations.ts";
import { structure } from "../protocol/schema.ts";
import { encodeJson } from "../protocol/schema-json.ts";
import { jobDescription } from "../protocol/shapes/job.ts";
import { formatJson } from "../std/json.ts";
import { renderEndedJob } from "./render-job.ts";

const schema = structure(jobDescription);

/** JSON of the whole description. */
export function formatJobMessage(vault: Vault, job: JobSucceeded | JobFailed): string {
  return formatJobDescription(renderEndedJob(vault, job));
}

/** JSON of a description, as DescribeJob answers it. */
export function formatJobDescription(description: Output<"DescribeJob">): string {
  return formatJson(encodeJson(schema, description));
}
