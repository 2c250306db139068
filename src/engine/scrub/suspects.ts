/** Blobs that somebody met damage in, looked at one after another as soon as may be. */
import type { BlobId } from "../../domain/ids.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { Pace } from "../integrity/pace.ts";
import type { Healer } from "./healer.ts";

/** When a disk dies there are millions; the next pass finds the others. */
const SUSPECTS_MAX = 10_000;

export interface Suspects {
  /** Twice is once while it waits. */
  add(blobId: BlobId): void;
  /** Resolves when none is waiting. */
  settled(): Promise<void>;
}

/** Forgets those that wait once `signal` aborts: the next pass comes by. */
export function createSuspects(
  { metadata, logger }: { readonly metadata: MetadataStore; readonly logger: Logger },
  healer: Healer,
  { pace, signal }: { readonly pace: Pace; readonly signal: AbortSignal },
): Suspects {
  const waiting = new Set<BlobId>();
  let running: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    for (const blobId of waiting) {
      try {
        await pace.step();
        const part = await metadata.scrub.findPart(blobId);
        if (part !== undefined) {
          await healer.heal(part, { pace });
        }
      } catch (error) {
        if (signal.aborted) {
          waiting.clear();
          break;
        }
        logger.warn(
          { err: error, blobId },
          "a blob in which damage was met could not be looked at",
        );
      } finally {
        waiting.delete(blobId);
      }
    }
    running = undefined;
  };
  return {
    add(blobId) {
      if (waiting.size < SUSPECTS_MAX) {
        waiting.add(blobId);
        running ??= Promise.resolve().then(work);
      }
    },
    settled: async () => {
      await running;
    },
  };
}
