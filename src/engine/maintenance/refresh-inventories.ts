/** Takes the inventories that are due in periodic mode (contract §4.3). */
import { type InventoryMode, isInventoryCurrent, snapshotOf } from "../../domain/inventory.ts";
import type { MaintenanceStores } from "./maintenance-task.ts";

const BATCH = 100;

/**
 * Takes a snapshot of every vault whose inventory is due. Returns how many. In live mode none is: there
 * inventory jobs take their own.
 */
export async function refreshInventories(
  stores: Pick<MaintenanceStores, "metadata" | "clock">,
  mode: InventoryMode,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  while (mode.kind === "periodic" && !signal.aborted) {
    const due = await stores.metadata.vaults.listInventoryDue(stores.clock.nowMs(), BATCH);
    for (const { vaultId } of due) {
      count += (await refreshInventory(stores, vaultId)) ? 1 : 0;
    }
    if (due.length < BATCH) {
      break;
    }
  }
  return count;
}

async function refreshInventory(
  stores: Pick<MaintenanceStores, "metadata" | "clock">,
  vaultId: number,
): Promise<boolean> {
  const nowMs = stores.clock.nowMs();
  return await stores.metadata.transaction(async ({ vaults }) => {
    const vault = await vaults.lock(vaultId);
    if (vault?.inventoryDueAtMs === undefined || vault.inventoryDueAtMs > nowMs) {
      return false;
    }
    // Where nothing changed since the last inventory, its date does not move.
    const isUnchanged = vault.lastInventory !== undefined && isInventoryCurrent(vault);
    const snapshot = isUnchanged ? vault.lastInventory : snapshotOf(vault, nowMs);
    await vaults.setInventory(vaultId, snapshot, undefined);
    return !isUnchanged;
  });
}
