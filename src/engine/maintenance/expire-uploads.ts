/**
 * Multipart uploads that nobody continues are aborted (contract §8.31); their parts become garbage. A vault
 * lock guards archives, which an upload becomes with its completion; see collect-garbage.ts.
 */
import type { UploadId } from "../../domain/ids.ts";
import type { MaintenanceStores } from "./maintenance-task.ts";

const BATCH = 100;

/**
 * Aborts uploads without activity for `uploadRetentionMs`. Returns how many. Each is looked at again under
 * its lock: a part or a completion that came meanwhile keeps it.
 */
export async function expireUploads(
  stores: Pick<MaintenanceStores, "metadata" | "clock">,
  uploadRetentionMs: number,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const beforeMs = stores.clock.nowMs() - uploadRetentionMs;
    const idle = await stores.metadata.uploads.listIdle(beforeMs, BATCH);
    for (const { uploadId } of idle) {
      count += (await abortIdleUpload(stores, uploadId, beforeMs)) ? 1 : 0;
    }
    if (idle.length < BATCH) {
      break;
    }
  }
  return count;
}

async function abortIdleUpload(
  stores: Pick<MaintenanceStores, "metadata" | "clock">,
  uploadId: UploadId,
  beforeMs: number,
): Promise<boolean> {
  const endedAtMs = stores.clock.nowMs();
  return await stores.metadata.transaction(async ({ uploads }) => {
    const upload = await uploads.lock(uploadId);
    if (upload?.state !== "InProgress" || upload.lastActivityAtMs > beforeMs) {
      return false;
    }
    await uploads.end({ ...upload, state: "Aborted", endedAtMs });
    return true;
  });
}
