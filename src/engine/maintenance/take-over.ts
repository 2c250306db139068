/** What a start does with the stores of a process that is gone, before anything of its own runs. */
import type { InventoryMode } from "../../domain/inventory.ts";
import type { MaintenanceStores } from "./maintenance-task.ts";

/**
 * Removes the temporary files that the last process left, frees the jobs that it held, so that they go on at once,
 * and makes inventories due for vaults that were written while inventories were live. Only for a process that owns
 * its stores alone.
 */
export async function takeOver(
  stores: Pick<MaintenanceStores, "metadata" | "blobs" | "clock" | "logger">,
  mode: InventoryMode,
): Promise<void> {
  // A repair writes a blob under its own id again: it would meet what a killed repair left of it.
  await stores.blobs.sweepTemporary();
  const jobs = await stores.metadata.jobs.releaseLeases();
  const inventories =
    mode.kind === "periodic"
      ? await stores.metadata.vaults.scheduleInventories(stores.clock.nowMs() + mode.intervalMs)
      : 0;
  if (jobs > 0 || inventories > 0) {
    stores.logger.info({ jobs, inventories }, "took over from the last process");
  }
}
