/** Ended uploads are remembered for retries of Complete and Abort, then forgotten (contract §2.22, §2.23). */
import { ENDED_UPLOAD_RETENTION_MS } from "../../domain/limits.ts";
import type { MaintenanceStores } from "./maintenance-task.ts";

/** Forgets uploads that ended more than 24 hours ago; returns how many. */
export async function forgetEndedUploads(
  stores: Pick<MaintenanceStores, "metadata" | "clock">,
): Promise<number> {
  const beforeMs = stores.clock.nowMs() - ENDED_UPLOAD_RETENTION_MS;
  return await stores.metadata.uploads.forgetEnded(beforeMs);
}
