/** Which copy each leaf of a blob can be taken from. */
import type { ManifestPart } from "../../domain/archive.ts";
import type { DamageKind, FoundDamage } from "../../domain/damage.ts";
import { LEAF_BYTES } from "../../domain/limits.ts";
import { leafCount } from "../../domain/tree-hash.ts";
import type { Problem } from "../integrity/finding.ts";
import { bytesOfSlice, type LeafSlice } from "../jobs/decide-part-check.ts";

/** What is wrong with each leaf of one copy; absent leaves are sound. */
export type LeafDamage = ReadonlyMap<number, DamageKind>;

/** Neighbouring leaves that one copy gives. */
export interface SourceRun extends LeafSlice {
  /** Place of the copy in the list that was asked. */
  readonly copy: number;
}

/**
 * The leaves of `part` that `problems` spoil. A blob that is longer than it was spoils none of them: a leaf that is
 * different is told as rotten besides.
 */
export function damageOfLeaves(part: ManifestPart, problems: readonly Problem[]): LeafDamage {
  const damaged = new Map<number, DamageKind>();
  for (const { kind, range } of problems) {
    if (kind === "oversized") {
      continue;
    }
    const first = Math.floor((range.start - part.startBytes) / LEAF_BYTES);
    const end = Math.ceil((range.endExclusive - part.startBytes) / LEAF_BYTES);
    // The only leaf of an empty blob has no bytes.
    for (let leaf = first; leaf < Math.max(end, first + 1); leaf += 1) {
      damaged.set(leaf, kind);
    }
  }
  return damaged;
}

/** The runs that make up the whole blob, earlier copies first; `undefined` when a leaf is spoilt in every copy. */
export function decideSources(
  part: ManifestPart,
  copies: readonly LeafDamage[],
): readonly SourceRun[] | undefined {
  const runs: SourceRun[] = [];
  for (let leaf = 0; leaf < leafCount(part.sizeBytes); leaf += 1) {
    const copy = copies.findIndex((damaged) => !damaged.has(leaf));
    if (copy === -1) {
      return undefined;
    }
    const last = runs.at(-1);
    if (last?.copy === copy) {
      runs.splice(-1, 1, { ...last, leafCount: last.leafCount + 1 });
    } else {
      runs.push({ copy, firstLeaf: leaf, leafCount: 1 });
    }
  }
  return runs;
}

/** Bytes of the archive that no copy has, of the kind that they are in the first one. */
export function listLost(
  part: ManifestPart,
  copies: readonly LeafDamage[],
): readonly FoundDamage[] {
  const [first, ...others] = copies;
  const lost: { kind: DamageKind; firstLeaf: number; leafCount: number }[] = [];
  const sorted = [...(first ?? [])].sort(([left], [right]) => left - right);
  for (const [leaf, kind] of sorted) {
    if (!others.every((damaged) => damaged.has(leaf))) {
      continue;
    }
    const last = lost.at(-1);
    if (last?.kind === kind && last.firstLeaf + last.leafCount === leaf) {
      last.leafCount += 1;
    } else {
      lost.push({ kind, firstLeaf: leaf, leafCount: 1 });
    }
  }
  return lost.map(({ kind, ...slice }) => ({ kind, range: bytesOfSlice(part, slice) }));
}
