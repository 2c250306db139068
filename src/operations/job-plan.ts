import type { JobId } from "../domain/ids.ts";
import type { JobInProgress, JobRequest } from "../domain/job.ts";
import type { RetrievalTier } from "../domain/retrieval-tier.ts";
import type { Vault } from "../domain/vault.ts";
import type { MetadataSession } from "../ports/metadata-store.ts";
import type { Input } from "../protocol/operations.ts";

/** What InitiateJob is given; a missing body counts as an empty one. */
export type JobParameters = Partial<NonNullable<Input<"InitiateJob">["jobParameters"]>>;

/** A job whose parameters are legal by themselves. */
export interface JobPlan {
  /** Decides how long the job waits. */
  readonly tier: RetrievalTier;
  /** Completes the request with what the locked vault holds at `nowMs`; throws what refuses the job then. */
  readonly makeRequest: (
    session: MetadataSession,
    lockedVault: Vault,
    nowMs: number,
  ) => Promise<JobRequest>;
  /** Of a job that is visible outside of the metadata before it is stored there. */
  readonly publication?: {
    /** What `x-amz-job-output-path` says. */
    readonly outputPathOf: (jobId: JobId) => string;
    /** Makes the job visible; throws what refuses it. */
    readonly publish: (job: JobInProgress) => Promise<void>;
    /** Takes that back, as far as it can; does not throw. */
    readonly withdraw: (job: JobInProgress) => Promise<void>;
  };
}
