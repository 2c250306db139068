/** `moraine wait`: until jobs have ended. */
import { EXIT, worstStatus } from "../exit-codes.ts";
import type { GlobalFlags } from "../session/global-flags.ts";
import type { Session } from "../session/session.ts";
import { createVerb } from "../session/verb.ts";
import { usageFailure } from "../session/verb-failure.ts";
import { formatCount, parseDuration } from "../units.ts";
import { createPollPauses } from "./retrieval/await-job.ts";
import { findJobWord, type JobWord, listVaultNames } from "./retrieval/find-job.ts";
import { describeJob, type Job, listJobs } from "./retrieval/jobs.ts";

interface WaitOptions extends GlobalFlags {
  readonly all?: true;
  readonly vault?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

const EXAMPLES = `
Exit status: 0 all succeeded; 1 one failed; 75 some were still in progress after --timeout.

Examples:
  moraine wait family/HkF9p6o7yjhF
  moraine wait --all --vault family --timeout 2h
`;

export const wait = createVerb("wait", (command, { withSession }) => {
  command
    .description("Wait until jobs have ended.")
    .argument("[JOB...]", "VAULT/JOB, or JOB of --vault; the start of an id will do.")
    .option("--all", "Every job in progress, of --vault or of all vaults.")
    .option("--vault <name>", "Vault of jobs that are named without one.")
    .option("--timeout <duration>", "How long at most, such as 2h.", parseDuration)
    .addHelpText("after", EXAMPLES);
  withSession<[readonly string[]], WaitOptions>(command, async (session, { words, options }) => {
    const [named] = words;
    if ((named.length === 0) === (options.all === undefined)) {
      throw usageFailure("name jobs, or take --all");
    }
    const startedAtMs = session.surroundings.nowMs();
    const deadlineMs = startedAtMs + (options.timeout ?? Number.POSITIVE_INFINITY);
    const waiting = options.all
      ? await listInProgress(session, options.vault)
      : await Promise.all(named.map((word) => findJobWord(session, word, options.vault)));
    return await waitForAll(session, waiting, deadlineMs);
  });
});

async function listInProgress(session: Session, only: string | undefined): Promise<JobWord[]> {
  const found: JobWord[] = [];
  for await (const vaultName of listVaultNames(session, only)) {
    for await (const { jobId } of listJobs(session, vaultName, { completed: false })) {
      found.push({ vaultName, jobId });
    }
  }
  return found;
}

async function waitForAll(
  session: Session,
  jobs: readonly JobWord[],
  deadlineMs: number,
): Promise<number> {
  const { reporter, surroundings, signal } = session;
  const pauses = createPollPauses();
  const statuses: number[] = [];
  let waiting = jobs;
  for (;;) {
    const remaining: JobWord[] = [];
    for (const word of waiting) {
      const job = await describeJob(session, word.vaultName, word.jobId);
      if (job.state === "InProgress") {
        remaining.push(word);
      } else {
        statuses.push(reportEnded(session, word.vaultName, job));
        pauses.reset();
      }
    }
    waiting = remaining;
    const leftMs = deadlineMs - surroundings.nowMs();
    if (waiting.length === 0 || leftMs <= 0) {
      break;
    }
    await surroundings.sleep(Math.min(leftMs, pauses.next()), signal);
  }
  if (waiting.length > 0) {
    const inProgress = waiting.map(({ vaultName, jobId }) => `${vaultName}/${jobId}`);
    reporter.failed(
      { event: "timeout", jobs: inProgress },
      `${formatCount(waiting.length, "job")} still in progress; wait again for: ${inProgress.join(" ")}`,
    );
    statuses.push(EXIT.later);
  }
  return worstStatus(statuses);
}

function reportEnded({ reporter }: Session, vaultName: string, job: Job): number {
  const { jobId, state, statusMessage } = job;
  const event = { event: "ended", vault: vaultName, jobId, state, statusMessage };
  if (state === "Failed") {
    reporter.failed(
      event,
      `failed    ${vaultName}/${jobId}: ${statusMessage ?? "no reason given"}`,
    );
    return EXIT.failed;
  }
  reporter.done(event, `ready     ${vaultName}/${jobId}`);
  return EXIT.ok;
}
