/** Whether to send a request again, and when: the "legacy" retry mode of the AWS CLI. Pure. */
import { GlacierServiceError, TransportError } from "./errors.ts";

/** The first one included. */
export const DEFAULT_MAX_ATTEMPTS = 5;

const RETRIED_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
/** Those that the AWS CLI v2 takes for throttling or transient, among the codes that there are. */
const RETRIED_CODES = new Set([
  "ThrottlingException",
  "LimitExceededException",
  "RequestTimeoutException",
]);
const RETRIED_FAILURES = new Set(["unreachable", "connect-timeout", "read-timeout", "closed"]);

export interface FailedAttempt {
  /** Counts from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly error: unknown;
  /** From 0 to 1, chosen anew for each attempt, so that clients do not come back all at once. */
  readonly jitter: number;
}

/**
 * How long to wait before the next attempt, in ms; `undefined` when the error stands. The n-th pause is
 * up to 2^(n-1) seconds. A call that failed on the way may have had its effect: as with every SDK, an
 * upload or a job that is sent again can exist twice.
 */
export function decideRetry(failed: FailedAttempt): number | undefined {
  const { attempt, maxAttempts, error, jitter } = failed;
  return attempt < maxAttempts && isTransient(error)
    ? Math.round(jitter * 1000 * 2 ** (attempt - 1))
    : undefined;
}

function isTransient(error: unknown): boolean {
  if (error instanceof GlacierServiceError) {
    return RETRIED_STATUSES.has(error.status) || RETRIED_CODES.has(error.code);
  }
  return error instanceof TransportError && RETRIED_FAILURES.has(error.failure);
}
