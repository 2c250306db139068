import type { InventoryPosition, InventoryRetrievalRequest } from "../domain/job.ts";

/** What is listed. */
export interface InventoryTask {
  readonly vaultId: number;
  readonly vaultArn: string;
  readonly request: InventoryRetrievalRequest;
}

/** Lists the archives of snapshots, in memory that does not depend on how many there are. */
export interface InventoryRunner {
  /**
   * Hands the inventory (contract §4.4) to `write`, piece after piece, and resolves with the position of the first
   * archive that `Limit` left out, `undefined` when none was. A piece, which may be empty, holds until what `write`
   * returned resolves; only then comes the next one. Throws what `write` throws, and any other error when the
   * archives could not be listed: what was written until then is worth nothing. Nothing is left behind either way.
   */
  run(
    task: InventoryTask,
    write: (bytes: Uint8Array) => Promise<void>,
  ): Promise<InventoryPosition | undefined>;
  /** Ends all runs, which throw. */
  close(): Promise<void>;
}
