/** One walk over all blobs in the order of their ids, kept up to date in the metadata so that a restart goes on. */
import type { Clock } from "../../ports/clock.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { StoredPart, Walk } from "../../ports/scrub-store.ts";

/** Parts listed at once; a part of 4 GiB has 128 KiB of leaves. */
const PARTS_PAGE = 32;
/** So much work is done again after a crash. */
const SAVE_EVERY_MS = 10_000;

export interface PassServices {
  readonly metadata: Pick<MetadataStore, "scrub">;
  readonly clock: Clock;
}

export interface Pass {
  /** Done with each part; a part whose visit threw is not done. */
  readonly visit: (part: StoredPart) => Promise<void>;
  /** Told before each part. */
  readonly comesTo: (part: StoredPart) => void;
  /** Told whenever the position was stored. */
  readonly saved: (walk: Walk) => Promise<void>;
}

/**
 * Goes on with `walk` to its end, which is stored. Blobs that come meanwhile have later ids, so they are walked
 * too. Throws what `visit` throws, after it stored how far the walk is.
 */
export async function runPass(services: PassServices, walk: Walk, pass: Pass): Promise<void> {
  const { metadata, clock } = services;
  let now = walk;
  let savedAtMs = clock.nowMs();
  const save = async (changed: Walk): Promise<void> => {
    await metadata.scrub.saveWalk(changed);
    savedAtMs = clock.nowMs();
    await pass.saved(changed);
  };
  try {
    for (;;) {
      const page = await metadata.scrub.listParts({ after: now.position, limit: PARTS_PAGE });
      if (page.length === 0) {
        break;
      }
      for (const part of page) {
        pass.comesTo(part);
        await pass.visit(part);
        now = { ...now, position: part.blobId };
        if (Math.abs(clock.nowMs() - savedAtMs) >= SAVE_EVERY_MS) {
          await save(now);
        }
      }
    }
  } catch (error) {
    await save(now);
    throw error;
  }
  await save({ ...now, endedAtMs: clock.nowMs() });
}
