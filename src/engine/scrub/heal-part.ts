/** Looks at every copy of one blob, and puts damaged copies back from what is sound in any of them. */
import type { FoundDamage } from "../../domain/damage.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { StoredPart } from "../../ports/scrub-store.ts";
import type { Sha256 } from "../../std/hasher.ts";
import { checkPartBytes, rangeOfPart } from "../integrity/check-part.ts";
import type { Problem } from "../integrity/finding.ts";
import type { Pace } from "../integrity/pace.ts";
import { isPartRecordSound } from "../jobs/decide-part-check.ts";
import { damageOfLeaves, decideSources, listLost } from "./decide-sources.ts";
import { type BlobPiece, rewriteBlob } from "./rewrite-blob.ts";

/** Leaves hashed at once: few, because uploads wait for the same threads. */
const SLICE_LEAVES = 4;

/** A place where blobs are kept in copy. */
export interface BlobCopy {
  /** As logs and metrics call it: `primary`, `mirror`. */
  readonly name: string;
  readonly blobs: Pick<BlobStore, "findSize" | "hashLeaves" | "read" | "openWriter">;
}

/** Another copy, which is only read. */
export type BlobSource = Pick<BlobStore, "findSize" | "hashLeaves" | "read">;

export interface HealServices {
  readonly sha256: Sha256;
  readonly pace: Pace;
  /** Copies that have to be sound, the first one first. */
  readonly copies: readonly BlobCopy[];
  /** Asked for when the copies lack a leaf; `undefined` when it does not have the blob either. */
  readonly openSource?: ((part: StoredPart) => Promise<BlobSource | undefined>) | undefined;
  /** Whether the blob still has to be there; asked again before anything is written. */
  readonly isNeeded: (part: StoredPart) => Promise<boolean>;
  /** Told of the bytes that were hashed. */
  readonly count: (bytesHashed: number) => void;
}

export interface CopyFailure {
  readonly copy: string;
  readonly error: unknown;
}

/** How the blob is after it was looked at. */
export interface HealReport {
  /** False when the blob was deleted meanwhile: then nothing else is said. */
  readonly isNeeded: boolean;
  /** What no copy can give back, in order. */
  readonly lost: readonly FoundDamage[];
  /** Copies that were damaged and are sound now. */
  readonly repaired: readonly string[];
  /** Copies that were damaged and could not be written. */
  readonly failures: readonly CopyFailure[];
}

/** A copy, or a source, and what is wrong with it. */
interface Examined {
  readonly blobs: BlobSource;
  readonly problems: readonly Problem[];
}

/** Throws the pace's errors, and errors that say nothing about the data. Sound copies are never written. */
export async function healPart(services: HealServices, part: StoredPart): Promise<HealReport> {
  const examined: Examined[] = [];
  for (const { blobs } of services.copies) {
    examined.push(await examine(services, part, blobs));
  }
  const isRecordSound = isPartRecordSound(part, services.sha256);
  if (isRecordSound && examined.every(({ problems }) => problems.length === 0)) {
    return { isNeeded: true, lost: [], repaired: [], failures: [] };
  }
  if (!(await services.isNeeded(part))) {
    return { isNeeded: false, lost: [], repaired: [], failures: [] };
  }
  if (!isRecordSound) {
    // Nobody knows what the bytes should be.
    const lost: FoundDamage[] = [{ kind: "record", range: rangeOfPart(part) }];
    return { isNeeded: true, lost, repaired: [], failures: [] };
  }
  return await repairCopies(services, part, examined);
}

async function examine(
  { pace, count }: HealServices,
  part: StoredPart,
  blobs: BlobSource,
): Promise<Examined> {
  const problems: Problem[] = [];
  const check = { blobs, pace, count, rehash: true, sliceLeaves: SLICE_LEAVES };
  await checkPartBytes(check, part, (problem) => void problems.push(problem));
  return { blobs, problems };
}

async function repairCopies(
  services: HealServices,
  part: StoredPart,
  examined: readonly Examined[],
): Promise<HealReport> {
  const found = await findPieces(services, part, examined);
  const repaired: string[] = [];
  const failures: CopyFailure[] = [];
  for (const [place, copy] of services.copies.entries()) {
    if (found.pieces === undefined || examined[place]?.problems.length === 0) {
      continue;
    }
    if (!(await services.isNeeded(part))) {
      return { isNeeded: false, lost: [], repaired, failures };
    }
    try {
      await rewriteBlob(copy.blobs, part, found.pieces, services.pace);
      repaired.push(copy.name);
    } catch (error) {
      failures.push({ copy: copy.name, error });
    }
  }
  const isOutsideNeeded = found.usesSource && repaired.length === 0;
  const lost = found.pieces === undefined || isOutsideNeeded ? found.lost : [];
  const oversized = listOversized(part, { services, examined, repaired });
  return { isNeeded: true, lost: lost.length > 0 ? lost : oversized, repaired, failures };
}

/** Where all leaves are, if they are anywhere: in the copies, else with the help of the source. */
async function findPieces(
  services: HealServices,
  part: StoredPart,
  examined: readonly Examined[],
): Promise<{
  readonly pieces: readonly BlobPiece[] | undefined;
  readonly usesSource: boolean;
  /** What the copies themselves have lost. */
  readonly lost: readonly FoundDamage[];
}> {
  const damages = examined.map(({ problems }) => damageOfLeaves(part, problems));
  const own = decideSources(part, damages);
  if (own !== undefined) {
    return { pieces: toPieces(own, examined), usesSource: false, lost: [] };
  }
  const lost = listLost(part, damages);
  const source = await services.openSource?.(part);
  if (source === undefined) {
    return { pieces: undefined, usesSource: false, lost };
  }
  const outside = await examine(services, part, source);
  const all = [...damages, damageOfLeaves(part, outside.problems)];
  const runs = decideSources(part, all);
  const pieces = runs && toPieces(runs, [...examined, outside]);
  return { pieces, usesSource: true, lost };
}

function toPieces(
  runs: NonNullable<ReturnType<typeof decideSources>>,
  examined: readonly Examined[],
): readonly BlobPiece[] {
  return runs.flatMap(({ copy, ...slice }) => {
    const from = examined[copy]?.blobs;
    return from === undefined ? [] : [{ ...slice, from }];
  });
}

/** Too long in every copy: all can be given back, yet somebody has written where nobody should. */
function listOversized(
  part: StoredPart,
  facts: {
    readonly services: HealServices;
    readonly examined: readonly Examined[];
    readonly repaired: readonly string[];
  },
): readonly FoundDamage[] {
  const isOversized = facts.services.copies.every(
    ({ name }, place) =>
      !facts.repaired.includes(name) &&
      facts.examined[place]?.problems.some(({ kind }) => kind === "oversized") === true,
  );
  return isOversized ? [{ kind: "oversized", range: rangeOfPart(part) }] : [];
}
