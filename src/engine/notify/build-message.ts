/** Which topics are told of the end of a job, and what (contract §5). */
import type { JobFailed, JobSucceeded } from "../../domain/job.ts";
import { eventOfJob } from "../../domain/notification-configuration.ts";
import type { Vault } from "../../domain/vault.ts";

export type EndedJob = JobSucceeded | JobFailed;

/** Writes the description of an ended job. */
export type DescribeJob = (vault: Vault, job: EndedJob) => string;

export interface JobMessage {
  readonly topicArn: string;
  readonly text: string;
}

/**
 * One message for the vault's topic when it wants to hear of such jobs, and one for the job's own; two when
 * both are the same topic. `SNSTopic` in the text is the job's topic, or else the one that the message goes to.
 */
export function buildJobMessages(
  vault: Vault,
  job: EndedJob,
  describeJob: DescribeJob,
): readonly JobMessage[] {
  const configuration = vault.notification;
  const event = eventOfJob(job.request.kind);
  const wanted = event !== undefined && configuration?.events.includes(event) === true;
  const topics = [wanted ? configuration?.topicArn : undefined, job.snsTopic];
  return topics
    .filter((topicArn) => topicArn !== undefined)
    .map((topicArn) => ({
      topicArn,
      text: describeJob(vault, { ...job, snsTopic: job.snsTopic ?? topicArn }),
    }));
}
