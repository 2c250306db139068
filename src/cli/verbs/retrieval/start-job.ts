/** Starting a job once: a retrieval costs time and budget, so a lost answer must not make two of it. */
import type { CallInput } from "../../../client/call-types.ts";
import { GlacierServiceError, TransportError } from "../../../client/errors.ts";
import { decideRetry } from "../../../client/retry.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Session } from "../../session/session.ts";
import { VerbFailure } from "../../session/verb-failure.ts";
import { listJobs } from "./jobs.ts";

type JobParameters = NonNullable<CallInput<"InitiateJob">["jobParameters"]>;

/** With growing pauses that is some minutes: a service may be started anew meanwhile. */
const ATTEMPTS_MAX = 14;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Starts a job and resolves with its id. `marker` becomes the job's description and is of this request
 * alone: after a failure that may hide a started job, a job with it is looked for before another is asked
 * for. Throws what `call` throws.
 */
export async function startJob(
  session: Session,
  request: {
    readonly vaultName: string;
    readonly parameters: JobParameters;
    readonly marker: string;
  },
): Promise<string> {
  const { call, accountId, signal, surroundings } = session;
  const { vaultName, marker } = request;
  const jobParameters = { ...request.parameters, Description: marker };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const input = { accountId, vaultName, jobParameters };
      const { output } = await call("InitiateJob", input, { maxAttempts: 1 });
      return output.jobId ?? noJobId();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GlacierServiceError && error.code === "InsufficientCapacityException") {
        throw error;
      }
      const jitter = Math.random();
      const delayMs = decideRetry({ attempt, maxAttempts: ATTEMPTS_MAX, error, jitter });
      if (delayMs === undefined) {
        throw error;
      }
      await surroundings.sleep(Math.min(delayMs, LONGEST_PAUSE_MS), signal);
      const started = mayHaveStarted(error)
        ? await findMarked(session, vaultName, marker)
        : undefined;
      if (started !== undefined) {
        return started;
      }
    }
  }
}

function mayHaveStarted(error: unknown): boolean {
  return (
    error instanceof TransportError ||
    (error instanceof GlacierServiceError && error.code !== "ThrottlingException")
  );
}

async function findMarked(
  session: Session,
  vaultName: string,
  marker: string,
): Promise<string | undefined> {
  for await (const job of listJobs(session, vaultName)) {
    if (job.description === marker) {
      return job.jobId;
    }
  }
  return undefined;
}

function noJobId(): never {
  throw new VerbFailure(EXIT.unreachable, "the service started a job and did not name it");
}
