/** A pass of the scrub over all parts. */
import type { StoredPart, Walk } from "../../ports/scrub-store.ts";
import type { Pace } from "../integrity/pace.ts";
import { BLOB_COST_MIN_BYTES } from "./decide-schedule.ts";
import type { Healer } from "./healer.ts";
import { runPass } from "./run-pass.ts";
import type { ScrubServices } from "./scrub-services.ts";
import type { ScrubWatch } from "./scrub-watch.ts";

/** Pauses before a blob is tried again that could not be looked at, for reasons that are not its own. */
const RETRIES_MS = [1_000, 10_000, 60_000];

export interface ScrubPassParts {
  readonly services: Pick<ScrubServices, "metadata" | "clock" | "logger" | "metrics">;
  readonly healer: Healer;
  readonly watch: ScrubWatch;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** Goes on with `walk` to its end. Throws the signal's reason. */
export async function scrubPass(parts: ScrubPassParts, walk: Walk): Promise<void> {
  await runPass(parts.services, walk, {
    comesTo: (part) => parts.watch.comesTo(part.blobId),
    visit: (part) => visitPart(parts, part),
    saved: async (saved) => {
      parts.watch.knows(saved);
      await parts.watch.publish();
    },
  });
}

/** A blob that can't be looked at again and again is passed over, so that the others have their turn. */
async function visitPart(parts: ScrubPassParts, part: StoredPart): Promise<void> {
  const { clock, logger } = parts.services;
  for (const pauseMs of [...RETRIES_MS, undefined]) {
    try {
      return await verifyPart(parts, part);
    } catch (error) {
      parts.signal.throwIfAborted();
      const { blobId } = part;
      if (pauseMs === undefined) {
        logger.error(
          { err: error, blobId },
          "a blob could not be verified; the scrub passes it over",
        );
        return;
      }
      logger.warn({ err: error, blobId }, "a blob could not be verified; it is tried again");
      await clock.sleep(pauseMs, parts.signal);
      parts.signal.throwIfAborted();
    }
  }
}

async function verifyPart(parts: ScrubPassParts, part: StoredPart): Promise<void> {
  const { pace } = parts;
  await pace.step();
  if (part.sizeBytes < BLOB_COST_MIN_BYTES) {
    await pace.read(BLOB_COST_MIN_BYTES - part.sizeBytes);
  }
  let bytes = 0;
  const report = await parts.healer.heal(part, {
    pace,
    count: (bytesHashed) => {
      bytes += bytesHashed;
    },
  });
  parts.services.metrics.scrubbed({ blobs: 1, bytes });
  if (report.lost.length > 0) {
    await parts.watch.publish();
  }
}
