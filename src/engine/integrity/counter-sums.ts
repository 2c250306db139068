/**
 * Compares a vault's counters with its archives. Counters belong to a number of the change sequence, and the
 * archives of every number can be told for ever (ADR 0007), so the sums are exact while the vault changes.
 */
import type { Archive } from "../../domain/archive.ts";
import type { Vault } from "../../domain/vault.ts";
import type { ArchiveSum, Finding } from "./finding.ts";

/** The sums of the vault as it was read, and of its last inventory. */
export interface CounterSums {
  /** Called with every record of the vault, deleted ones too, once. */
  add(archive: Pick<Archive, "createdSequence" | "deletedSequence" | "sizeBytes">): void;
  live(): ArchiveSum;
  inventory(): ArchiveSum;
}

export function createCounterSums(vault: Vault): CounterSums {
  const live = createSum(vault.changeSequence);
  const inventory = createSum(vault.lastInventory?.changeSequence ?? 0);
  return {
    add(archive) {
      live.add(archive);
      inventory.add(archive);
    },
    live: live.read,
    inventory: inventory.read,
  };
}

/** What the counters of `vault` say that its archives do not. */
export function* checkCounters(vault: Vault, sums: CounterSums): Generator<Finding, void, void> {
  const recorded = { archiveCount: vault.archiveCount, archiveBytes: vault.archiveBytes };
  if (!isEqual(recorded, sums.live())) {
    yield { kind: "CountersWrong", vault, counters: "live", recorded, counted: sums.live() };
  }
  const last = vault.lastInventory;
  if (last !== undefined && !isEqual(last, sums.inventory())) {
    const { archiveCount, archiveBytes } = last;
    yield {
      kind: "CountersWrong",
      vault,
      counters: "inventory",
      recorded: { archiveCount, archiveBytes },
      counted: sums.inventory(),
    };
  }
}

/** Archives created at or before `changeSequence` and not deleted at or before it. */
function createSum(changeSequence: number) {
  let archiveCount = 0;
  let archiveBytes = 0n;
  return {
    add({ createdSequence, deletedSequence, sizeBytes }: Parameters<CounterSums["add"]>[0]) {
      const isDeleted = deletedSequence !== undefined && deletedSequence <= changeSequence;
      if (createdSequence <= changeSequence && !isDeleted) {
        archiveCount += 1;
        archiveBytes += BigInt(sizeBytes);
      }
    },
    read: (): ArchiveSum => ({ archiveCount, archiveBytes }),
  };
}

function isEqual(left: ArchiveSum, right: ArchiveSum): boolean {
  return left.archiveCount === right.archiveCount && left.archiveBytes === right.archiveBytes;
}
