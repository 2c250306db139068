/**
 * Inventories: which archives of a vault its clients see counted and listed, and since when (contract
 * §2.2, §2.3, §4.3). Everything here is a rule over a vault's record; `inventory-output.ts` writes lists.
 */

import type { InventorySnapshot } from "./inventory-snapshot.ts";
import { ARCHIVE_OVERHEAD_BYTES } from "./limits.ts";
import type { Vault } from "./vault.ts";

/**
 * `live`: a fresh snapshot for each inventory job, and numbers that are always current. `periodic`: the
 * real service's rules, where everything shows the last snapshot taken every `intervalMs`.
 */
export type InventoryMode =
  | { readonly kind: "live" }
  | { readonly kind: "periodic"; readonly intervalMs: number };

/** The numbers that DescribeVault and ListVaults show. */
export interface VaultNumbers {
  /** Instant of the last inventory, `undefined` before the first. */
  readonly lastInventoryDateMs: number | undefined;
  readonly numberOfArchives: number;
  readonly sizeInBytes: bigint;
}

/**
 * The numbers of `vault`. Live: the counters as plain sums, with the date of the last snapshot that an
 * inventory job took. Periodic: as of the last inventory, each archive counted with 32 KiB of overhead;
 * zeros before the first (contract §2.2, §8.4).
 */
export function decideVaultNumbers(vault: Vault, mode: InventoryMode): VaultNumbers {
  const last = vault.lastInventory;
  if (mode.kind === "live") {
    return {
      lastInventoryDateMs: last?.takenAtMs,
      numberOfArchives: vault.archiveCount,
      sizeInBytes: vault.archiveBytes,
    };
  }
  const archiveCount = last?.archiveCount ?? 0;
  return {
    lastInventoryDateMs: last?.takenAtMs,
    numberOfArchives: archiveCount,
    sizeInBytes: (last?.archiveBytes ?? 0n) + BigInt(archiveCount) * BigInt(ARCHIVE_OVERHEAD_BYTES),
  };
}

/**
 * Whether DeleteVault may remove `vault`. Live: it has no archives. Periodic: its last inventory lists
 * none and nothing was written since; a vault never written to needs no inventory (contract §2.3).
 */
export function decideVaultDeletable(vault: Vault, mode: InventoryMode): boolean {
  if (mode.kind === "live") {
    return vault.archiveCount === 0;
  }
  return (vault.lastInventory?.archiveCount ?? 0) === 0 && isInventoryCurrent(vault);
}

/** Whether the last inventory shows the archives that `vault` has now; so it does before the first write. */
export function isInventoryCurrent(vault: Vault): boolean {
  return vault.changeSequence === (vault.lastInventory?.changeSequence ?? 0);
}

/** The archives that `vault` has now, as a snapshot taken at `nowMs`. */
export function snapshotOf(vault: Vault, nowMs: number): InventorySnapshot {
  return {
    takenAtMs: nowMs,
    changeSequence: vault.changeSequence,
    archiveCount: vault.archiveCount,
    archiveBytes: vault.archiveBytes,
  };
}

/**
 * When the inventory is due that will show a write to `vault` at `nowMs`. Periodic: one interval after
 * the first write, afterwards at the next whole number of intervals after the last inventory (contract
 * §4.3). Live: never (`undefined`), since each inventory job takes its own.
 */
export function nextInventoryDueAtMs(
  vault: Vault,
  mode: InventoryMode,
  nowMs: number,
): number | undefined {
  if (mode.kind === "live") {
    return undefined;
  }
  const last = vault.lastInventory;
  if (last === undefined) {
    return nowMs + mode.intervalMs;
  }
  // The clock may have jumped back behind the last inventory: the next one is still a later one.
  const passed = Math.max(0, Math.floor((nowMs - last.takenAtMs) / mode.intervalMs));
  return last.takenAtMs + (passed + 1) * mode.intervalMs;
}

/**
 * The snapshot that an inventory job initiated at `nowMs` lists. Live: a fresh one. Periodic: the last
 * one, or `undefined` before the first, and then the job is refused (contract §4.3).
 */
export function decideInventoryJobSnapshot(
  vault: Vault,
  mode: InventoryMode,
  nowMs: number,
): InventorySnapshot | undefined {
  return mode.kind === "live" ? snapshotOf(vault, nowMs) : vault.lastInventory;
}
