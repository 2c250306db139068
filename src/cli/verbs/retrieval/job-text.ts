/** Jobs in words. */
import { formatTableTime } from "../../units.ts";
import type { Job } from "./jobs.ts";
import { AWS_HOURS } from "./tier-times.ts";

/** `waiting   for job Hk…, Bulk, begun 2026-01-31 12:00:00 (at AWS it takes 5–12 h)`. */
export function formatJobWait(job: Job): string {
  const { jobId, tier, createdAtMs } = job;
  const known = tier === "Expedited" || tier === "Standard" || tier === "Bulk";
  const takes = known ? ` (at AWS it takes ${AWS_HOURS[tier]})` : "";
  const shownTier = tier === undefined ? "" : `, ${tier}`;
  return `waiting   for job ${jobId}${shownTier}, begun ${formatTableTime(createdAtMs)}${takes}`;
}

/** How many characters of an id tell it from others in a table. */
const SHORT_ID_CHARACTERS = 12;

/** The start of a long id. */
export function shortenId(id: string): string {
  return id.length <= SHORT_ID_CHARACTERS ? id : `${id.slice(0, SHORT_ID_CHARACTERS)}…`;
}
