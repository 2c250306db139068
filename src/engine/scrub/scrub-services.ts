/** What the scrub is given. */
import type { Metrics } from "../../ports/metrics.ts";
import type { BlobCopy } from "./heal-part.ts";
import type { HealerServices } from "./healer.ts";

export interface ScrubSettings {
  /** `undefined` switches passes off; a mirror is filled all the same. */
  readonly bytesPerSecond: number | undefined;
  /** Every blob is verified once in this time. */
  readonly intervalMs: number;
  /** How fast a new mirror is filled; `undefined` for as fast as it goes. */
  readonly fillBytesPerSecond: number | undefined;
}

export interface ScrubServices extends HealerServices {
  readonly metrics: Metrics;
  readonly settings: ScrubSettings;
  /** The mirror among the copies, if there is one. */
  readonly mirror: (BlobCopy & { readonly mirrorId: string }) | undefined;
}
