/** Ended jobs are forgotten when their time is over (contract §4.1); the collector then frees their bytes. */
import type { Clock } from "../../ports/clock.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";

const BATCH = 100;

/** Removes ended jobs past their expiry, in batches until none is left or `signal` aborts; returns how many. */
export async function expireOutputs(
  services: { readonly metadata: MetadataStore; readonly clock: Clock },
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const jobs = await services.metadata.jobs.listExpired(services.clock.nowMs(), BATCH);
    for (const job of jobs) {
      await services.metadata.jobs.remove(job.jobId);
    }
    count += jobs.length;
    if (jobs.length < BATCH) {
      break;
    }
  }
  return count;
}
