/**
 * What happens to a job whose run ended in an unexpected error: of the storage, of the database, or of
 * this program. Such an error is not the job's fault, so the job stays in progress and runs again after a
 * pause; but no job stays in progress for ever.
 */

/** A run fails so often in this process before its job is given up. */
export const ATTEMPTS_MIN = 5;
/** An outage is waited for so long after the job's due time, across restarts, before it is given up. */
export const OUTAGE_PATIENCE_MS = 24 * 60 * 60 * 1000;

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 5 * 60 * 1000;

/** What the client of a job that was given up reads. */
export const GIVEN_UP_MESSAGE = "The job failed because of an internal error of the service.";

export type RetryDecision =
  | { readonly kind: "Retry"; readonly delayMs: number }
  | { readonly kind: "GiveUp" };

/**
 * Decides after the `attempts`-th failed run (from 1) of a job that is `overdueMs` past its due time.
 * Errors of the system and of the database carry a `code` and may pass: they are waited out for a day.
 * An error without one is most likely a defect, which no waiting mends: a few attempts are enough.
 */
export function decideRetry(facts: {
  readonly error: unknown;
  readonly attempts: number;
  readonly overdueMs: number;
}): RetryDecision {
  const patienceMs = hasCode(facts.error) ? OUTAGE_PATIENCE_MS : 0;
  if (facts.attempts >= ATTEMPTS_MIN && facts.overdueMs >= patienceMs) {
    return { kind: "GiveUp" };
  }
  const doublings = Math.min(facts.attempts - 1, 30);
  return { kind: "Retry", delayMs: Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** doublings) };
}

function hasCode(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code !== undefined;
}
