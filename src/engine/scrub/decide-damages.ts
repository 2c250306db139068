/** How the records of one part's damage change by a new look at it. */
import type { Damage, FoundDamage } from "../../domain/damage.ts";

/** Records of one part beyond this are not kept: what they would say is said. */
export const DAMAGES_OF_PART_MAX = 100;

export interface DamageChanges {
  /** Open records as they are now: seen again, or repaired. */
  readonly updated: readonly Damage[];
  /** Damage that no record tells of. */
  readonly added: readonly FoundDamage[];
}

/**
 * A record goes on when damage found now overlaps it, though its borders or its kind have changed: damage grows.
 * Each continues at most one record; open ones that nothing overlaps are repaired.
 */
export function decideDamages(
  open: readonly Damage[],
  found: readonly FoundDamage[],
  nowMs: number,
): DamageChanges {
  const left = [...open];
  const updated: Damage[] = [];
  const added: FoundDamage[] = [];
  for (const { kind, range } of found) {
    const place = left.findIndex((damage) => isSamePlace(damage, { kind, range }));
    const [record] = place === -1 ? [] : left.splice(place, 1);
    if (record !== undefined) {
      updated.push({ ...record, kind, range, lastSeenAtMs: nowMs });
    } else if (updated.length + added.length < DAMAGES_OF_PART_MAX) {
      added.push({ kind, range });
    }
  }
  return { updated: [...updated, ...left.map((it) => ({ ...it, repairedAtMs: nowMs }))], added };
}

function isSamePlace(left: FoundDamage, right: FoundDamage): boolean {
  const [one, other] = [left.range, right.range];
  return (
    one.start === other.start || (one.start < other.endExclusive && other.start < one.endExclusive)
  );
}
