/** What every background task has in common. */
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";

/** What the tasks work on. */
export interface MaintenanceStores {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Work that is done again and again, and that a crash at any moment leaves to be done next time. */
export interface MaintenanceTask {
  /** As `metrics.maintenance` counts it. */
  readonly name: string;
  /** The pause between two runs. */
  readonly intervalMs: number;
  /**
   * Does all there is to do now, in bounded batches; ends early when `signal` aborts. Returns how many
   * things it ended, removed or renewed.
   */
  run(signal: AbortSignal): Promise<number>;
}
