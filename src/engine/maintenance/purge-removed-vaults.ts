/** Forgets the archive records of removed vaults, of which there may be millions, a few at a time. */
import type { MaintenanceStores } from "./maintenance-task.ts";

/** Records forgotten in one transaction; more would hold up other requests. */
const BATCH = 500;

/** Purges until nothing is left or `signal` aborts; returns how many records were forgotten. */
export async function purgeRemovedVaults(
  stores: Pick<MaintenanceStores, "metadata" | "clock">,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const purged = await stores.metadata.vaults.purgeRemovedVaults(BATCH);
    count += purged;
    if (purged < BATCH) {
      break;
    }
    await stores.clock.sleep(0, signal);
  }
  return count;
}
