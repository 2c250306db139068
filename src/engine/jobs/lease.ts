/**
 * A worker's timed claim on a job. Each claim has an owner of its own, so that a run that was overtaken,
 * even by another run in the same process, finds out at its next renewal or at the latest when it ends.
 */
import type { JobId } from "../../domain/ids.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";

/** The job belongs to another worker now, has ended or is gone with its vault: this run must stop. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";

  constructor(jobId: JobId) {
    super(`job ${jobId} is no longer leased to this run`);
  }
}

/** The engine stops: the run ends without a result, and the job stays in progress for the next engine. */
export class RunInterrupted extends Error {
  override readonly name = "RunInterrupted";

  constructor(jobId: JobId) {
    super(`the run of job ${jobId} was interrupted because the engine stops`);
  }
}

export interface Lease {
  readonly owner: string;
  /**
   * Called between the steps of a run: extends the lease when a third of it has passed. Throws `LeaseLost`
   * or `RunInterrupted` when the run must not go on.
   */
  keep(): Promise<void>;
  /** Lets any worker claim the job from `atMs` on; nothing happens when the lease is lost already. */
  releaseAt(atMs: number): Promise<void>;
}

/** The lease that a claim at `claim.claimedAtMs` gave to `claim.owner`. */
export function createLease(
  services: { readonly metadata: MetadataStore; readonly clock: Clock },
  claim: {
    readonly jobId: JobId;
    readonly owner: string;
    readonly claimedAtMs: number;
    readonly leaseMs: number;
    /** Aborted when the engine stops. */
    readonly stopping: AbortSignal;
  },
): Lease {
  const { jobId, owner, leaseMs, stopping } = claim;
  let renewedAtMs = claim.claimedAtMs;
  return {
    owner,
    async keep() {
      if (stopping.aborted) {
        throw new RunInterrupted(jobId);
      }
      const nowMs = services.clock.nowMs();
      if (!decideRenewal({ renewedAtMs, nowMs, leaseMs })) {
        return;
      }
      const untilMs = nowMs + leaseMs;
      if (!(await services.metadata.jobs.renewLease(jobId, { owner, untilMs }))) {
        throw new LeaseLost(jobId);
      }
      renewedAtMs = nowMs;
    },
    async releaseAt(atMs) {
      await services.metadata.jobs.renewLease(jobId, { owner, untilMs: atMs });
    },
  };
}

/** Whether a lease is to be renewed: a third of it has passed, or the clock jumped back. */
export function decideRenewal(times: {
  readonly renewedAtMs: number;
  readonly nowMs: number;
  readonly leaseMs: number;
}): boolean {
  const passedMs = times.nowMs - times.renewedAtMs;
  return passedMs < 0 || passedMs >= times.leaseMs / 3;
}
