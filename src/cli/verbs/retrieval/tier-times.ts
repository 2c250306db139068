/** How long retrievals take at AWS; a service of one's own does not tell. */
import type { RetrievalTier } from "../../../domain/retrieval-tier.ts";

/** From the request to the output (contract §4.2). */
export const AWS_HOURS = {
  Expedited: "1–5 min",
  Standard: "3–5 h",
  Bulk: "5–12 h",
} as const satisfies Record<RetrievalTier, string>;
