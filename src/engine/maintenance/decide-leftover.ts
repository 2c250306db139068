/** Which blobs that no metadata refers to are leftovers of a crash (docs/format.md, crash table). */

/**
 * A blob of the running boot may belong to a request that is between the blob's commit and that of its
 * metadata. It is a leftover only when two sweeps so far apart have found it unknown.
 */
export const LEFTOVER_GRACE_MS = 60 * 60 * 1000;

export type LeftoverDecision = "Remove" | "Suspect" | "KeepUnknownBoot";

/**
 * Decides about a blob that no part refers to. `suspectSinceMs` is when the unbroken row of sweeps began
 * that found it so. A boot that the metadata does not know means that the metadata is older than the blobs
 * (a restored backup): its blobs are never removed.
 */
export function decideLeftover(facts: {
  readonly boot: number;
  readonly currentBoot: number;
  readonly knownBoots: ReadonlySet<number>;
  readonly suspectSinceMs: number | undefined;
  readonly nowMs: number;
}): LeftoverDecision {
  if (!facts.knownBoots.has(facts.boot)) {
    return "KeepUnknownBoot";
  }
  if (facts.boot < facts.currentBoot) {
    return "Remove";
  }
  const { suspectSinceMs, nowMs } = facts;
  return suspectSinceMs !== undefined && nowMs - suspectSinceMs >= LEFTOVER_GRACE_MS
    ? "Remove"
    : "Suspect";
}
