/** Waiting for jobs: asking again after pauses that grow from a second to a minute. */
import type { Session } from "../../session/session.ts";
import { describeJob, type Job } from "./jobs.ts";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const GROWTH = 1.5;

/** The pauses between questions; `next` gives the one to make now. */
export interface PollPauses {
  next(): number;
  /** Begins again with a short one, as when something has happened. */
  reset(): void;
}

export function createPollPauses(): PollPauses {
  let pauseMs = FIRST_PAUSE_MS;
  return {
    next: () => {
      const now = pauseMs;
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * GROWTH);
      return now;
    },
    reset: () => {
      pauseMs = FIRST_PAUSE_MS;
    },
  };
}

/**
 * Resolves with the job when it has ended, or with it in progress once `deadlineMs` has passed. `onWait` is
 * told of each pause. Throws what `call` throws.
 */
export async function awaitJob(
  session: Session,
  job: { readonly vaultName: string; readonly jobId: string },
  options: {
    readonly deadlineMs?: number | undefined;
    readonly onWait?: (job: Job, pauseMs: number) => void;
  } = {},
): Promise<Job> {
  const { surroundings, signal } = session;
  const { deadlineMs = Number.POSITIVE_INFINITY, onWait = () => undefined } = options;
  const pauses = createPollPauses();
  for (;;) {
    const described = await describeJob(session, job.vaultName, job.jobId);
    const remainingMs = deadlineMs - surroundings.nowMs();
    if (described.state !== "InProgress" || remainingMs <= 0) {
      return described;
    }
    const pauseMs = Math.min(remainingMs, pauses.next());
    onWait(described, pauseMs);
    await surroundings.sleep(pauseMs, signal);
  }
}
