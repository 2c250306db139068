/** Failed runs per job, in memory: after a restart counting begins anew. */
import type { JobId } from "../../domain/ids.ts";

/** How many jobs are remembered; the one remembered longest makes room, which only prolongs its retries. */
export const ATTEMPT_COUNTERS_MAX = 10_000;

export interface AttemptCounter {
  /** Counts a failed run of the job; returns how many there were. */
  countFailure(jobId: JobId): number;
  /** Forgets a job that ended or left this process. */
  forget(jobId: JobId): void;
}

export function createAttemptCounter(): AttemptCounter {
  const attempts = new Map<JobId, number>();
  return {
    countFailure(jobId) {
      const count = (attempts.get(jobId) ?? 0) + 1;
      attempts.set(jobId, count);
      const [oldest] = attempts.keys();
      if (attempts.size > ATTEMPT_COUNTERS_MAX && oldest !== undefined) {
        attempts.delete(oldest);
      }
      return count;
    },
    forget(jobId) {
      attempts.delete(jobId);
    },
  };
}
