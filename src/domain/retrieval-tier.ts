/** Retrieval tiers and how long each takes at the least. */
import { invalidParameter } from "./errors.ts";

export const RETRIEVAL_TIERS = ["Expedited", "Standard", "Bulk"] as const;
export type RetrievalTier = (typeof RETRIEVAL_TIERS)[number];

/** Earliest completion after InitiateJob, in milliseconds, per tier. */
export type TierDelays = Readonly<Record<RetrievalTier, number>>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const NO_DELAYS: TierDelays = { Expedited: 0, Standard: 0, Bulk: 0 };

/** Middle of the real service's typical times (contract §4.2): 1–5 minutes, 3–5 hours, 5–12 hours. */
export const AWS_DELAYS: TierDelays = {
  Expedited: 3 * MINUTE_MS,
  Standard: 4 * HOUR_MS,
  Bulk: 8.5 * HOUR_MS,
};

/** The `Tier` of a job, `Standard` when absent (contract §2.26). Throws `InvalidParameterValueException`. */
export function parseTier(text: string | undefined): RetrievalTier {
  const tier = RETRIEVAL_TIERS.find((known) => known === (text ?? "Standard"));
  if (tier === undefined) {
    throw invalidParameter(
      `Invalid Tier: ${text}. It must be one of ${RETRIEVAL_TIERS.join(", ")}.`,
    );
  }
  return tier;
}
