/** One look at a time at a blob, whoever asks: the scrub, the filling of a mirror, a repair, a read that met damage. */
import type { BlobId } from "../../domain/ids.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { StoredPart } from "../../ports/scrub-store.ts";
import type { Sha256 } from "../../std/hasher.ts";
import { createTurns } from "../../std/turns.ts";
import type { Pace } from "../integrity/pace.ts";
import { type BlobCopy, type HealReport, type HealServices, healPart } from "./heal-part.ts";
import { recordDamage } from "./record-damage.ts";

export interface HealerServices {
  readonly metadata: MetadataStore;
  readonly copies: readonly BlobCopy[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "copyRepaired">;
  readonly sha256: Sha256;
}

export interface HealOptions {
  readonly pace: Pace;
  readonly openSource?: HealServices["openSource"];
  readonly count?: (bytesHashed: number) => void;
}

export interface Healer {
  /**
   * Verifies all copies of the part, repairs what can be repaired, and keeps the records of damage. See `healPart`
   * for what it throws.
   */
  heal(part: StoredPart, options: HealOptions): Promise<HealReport>;
}

export function createHealer(services: HealerServices): Healer {
  // Work on one blob waits for the work on it that was begun before.
  const turns = createTurns<BlobId>();
  const teller = createTeller(services);
  return {
    heal: (part, options) =>
      turns.take(part.blobId, async () => {
        const { metadata, copies, sha256 } = services;
        const report = await healPart(
          {
            sha256,
            copies,
            pace: options.pace,
            openSource: options.openSource,
            isNeeded: async ({ blobId }) => (await metadata.scrub.findPart(blobId)) !== undefined,
            count: options.count ?? (() => undefined),
          },
          part,
        );
        teller.tell(part, report);
        if (report.isNeeded) {
          await recordDamage(services, part, report.lost);
        }
        return report;
      }),
  };
}

/** Repairs are told each; of copies that can't be written, the first in a row: a dead disk has millions. */
function createTeller({ logger, metrics }: HealerServices) {
  const failing = new Set<string>();
  return {
    tell({ blobId }: StoredPart, { repaired, failures }: HealReport): void {
      for (const copy of repaired) {
        failing.delete(copy);
        metrics.copyRepaired({ copy, outcome: "repaired" });
        logger.info({ blobId, copy }, "a copy of a blob was put back");
      }
      for (const { copy, error } of failures) {
        metrics.copyRepaired({ copy, outcome: "failed" });
        if (!failing.has(copy)) {
          failing.add(copy);
          logger.error({ blobId, copy, err: error }, "a copy of a blob can't be put back");
        }
      }
    },
  };
}
