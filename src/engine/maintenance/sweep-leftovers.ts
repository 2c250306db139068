/**
 * Removes what crashes and interrupted requests left in the blob store: temporary files, and blobs that
 * were committed but that no metadata refers to.
 */
import { type BlobId, bootOfBlob } from "../../domain/ids.ts";
import { decideLeftover } from "./decide-leftover.ts";
import type { MaintenanceStores } from "./maintenance-task.ts";

/** What a whole sweep found. */
export interface SweepReport {
  readonly sweptAtMs: number;
  /** Temporary files and blobs. */
  readonly removed: number;
  /** Blobs of the running boot that nothing names yet. */
  readonly suspected: number;
  /** Blobs kept because the metadata does not know their boot. */
  readonly unknownBoot: number;
}

/** The sweep as a function that remembers what the previous sweep suspected. */
export type LeftoverSweep = (signal: AbortSignal) => Promise<number>;

interface SweepState {
  /** Unknown blobs of the running boot, with the instant of the sweep that first found them so. */
  suspects: ReadonlyMap<BlobId, number>;
  hasWarned: boolean;
}

interface SweepRound {
  readonly nowMs: number;
  readonly knownBoots: ReadonlySet<number>;
  readonly suspects: Map<BlobId, number>;
  removed: number;
  unknownBootBlobs: number;
}

/**
 * A sweep for the process of boot `currentBoot`. One process writes to a blob store at a time: blobs of
 * earlier boots that nothing refers to are removed at once. Each run returns how many things it removed, and
 * tells `report` unless it was cut short.
 */
export function createLeftoverSweep(
  stores: MaintenanceStores,
  currentBoot: number,
  report: (found: SweepReport) => void = () => undefined,
): LeftoverSweep {
  const state: SweepState = { suspects: new Map(), hasWarned: false };
  return async (signal) => {
    const temporaryCount = await stores.blobs.sweepTemporary();
    const round: SweepRound = {
      nowMs: stores.clock.nowMs(),
      knownBoots: await stores.metadata.boots.list(),
      suspects: new Map(),
      removed: 0,
      unknownBootBlobs: 0,
    };
    for await (const batch of stores.blobs.list()) {
      if (signal.aborted) {
        return temporaryCount + round.removed;
      }
      await sweepBatch(stores, currentBoot, state, round, batch);
    }
    state.suspects = round.suspects;
    warnOfUnknownBoots(stores, state, round);
    report({
      sweptAtMs: round.nowMs,
      removed: temporaryCount + round.removed,
      suspected: round.suspects.size,
      unknownBoot: round.unknownBootBlobs,
    });
    return temporaryCount + round.removed;
  };
}

async function sweepBatch(
  stores: MaintenanceStores,
  currentBoot: number,
  state: SweepState,
  round: SweepRound,
  batch: readonly BlobId[],
): Promise<void> {
  // Asked after the blobs were listed: what was committed in between is known by now.
  const known = await stores.metadata.manifests.findKnownBlobs(batch);
  const { nowMs, knownBoots } = round;
  for (const blobId of batch) {
    if (known.has(blobId)) {
      continue;
    }
    const suspectSinceMs = state.suspects.get(blobId);
    const boot = bootOfBlob(blobId);
    const decision = decideLeftover({ boot, currentBoot, knownBoots, suspectSinceMs, nowMs });
    if (decision === "Remove") {
      await stores.blobs.remove(blobId);
      round.removed += 1;
    } else if (decision === "Suspect") {
      round.suspects.set(blobId, suspectSinceMs ?? nowMs);
    } else {
      round.unknownBootBlobs += 1;
    }
  }
}

function warnOfUnknownBoots(stores: MaintenanceStores, state: SweepState, round: SweepRound): void {
  if (round.unknownBootBlobs > 0 && !state.hasWarned) {
    state.hasWarned = true;
    stores.logger.warn(
      { blobCount: round.unknownBootBlobs },
      "blobs of boots that the metadata does not know are kept: is the metadata older than the blobs?",
    );
  }
}
