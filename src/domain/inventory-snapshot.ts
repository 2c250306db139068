/** Inventory snapshots: a point in the change sequence of a vault (ADR 0007). */

/**
 * A point-in-time view of a vault's archives. `changeSequence` alone fixes the set: the archives created
 * at or before it and not deleted at or before it.
 */
export interface InventorySnapshot {
  readonly takenAtMs: number;
  readonly changeSequence: number;
  readonly archiveCount: number;
  /** Plain sum of archive sizes, without overhead. */
  readonly archiveBytes: bigint;
}
