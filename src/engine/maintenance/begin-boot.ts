/** A boot: one start of a process. Its number is in the name of every blob it writes (docs/format.md). */
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";

/**
 * Begins a boot with a number higher than every one that storage or metadata has seen, and returns it.
 * Called before the first blob is written. A crash between the two steps leaves a number that the metadata
 * does not know, which no blob carries.
 */
export async function beginBoot(stores: {
  readonly metadata: Pick<MetadataStore, "boots">;
  readonly blobs: Pick<BlobStore, "lastBoot" | "beginBoot">;
  readonly clock: Clock;
}): Promise<number> {
  const known = await stores.metadata.boots.list();
  let last = await stores.blobs.lastBoot();
  for (const boot of known) {
    last = Math.max(last, boot);
  }
  const boot = last + 1;
  await stores.blobs.beginBoot(boot);
  await stores.metadata.boots.insert(boot, stores.clock.nowMs());
  return boot;
}
