/** Damage that the scrub knows, and what a repair did, as the operations API and the command line show it. */
import type { RepairEvent, RepairSums } from "../../engine/scrub/repair-blobs.ts";
import type { ListedDamage } from "../../ports/scrub-store.ts";
import { formatIsoMilliseconds } from "../../std/iso-time.ts";
import { renderProblem, type ShownProblem } from "./render-integrity.ts";

/** A damaged range of an archive. */
export interface ShownDamage extends ShownProblem {
  readonly AccountId: string;
  readonly Region: string;
  readonly VaultName: string;
  readonly ArchiveId: string;
  readonly FirstSeen: string;
  readonly LastSeen: string;
  /** Null while it is damaged. */
  readonly RepairedAt: string | null;
}

export function renderDamage(damage: ListedDamage): ShownDamage {
  const { repairedAtMs } = damage;
  return {
    AccountId: damage.accountId,
    Region: damage.region,
    VaultName: damage.vaultName,
    ArchiveId: damage.archiveId,
    ...renderProblem(damage),
    FirstSeen: formatIsoMilliseconds(damage.firstSeenAtMs),
    LastSeen: formatIsoMilliseconds(damage.lastSeenAtMs),
    RepairedAt: repairedAtMs === undefined ? null : formatIsoMilliseconds(repairedAtMs),
  };
}

/** The event that tells of a blob that was put back, or could not be. */
export function renderRepairEvent(event: RepairEvent) {
  const { part, archive, vault } = event;
  const place = {
    BlobId: part.blobId,
    ArchiveId: archive?.archiveId ?? null,
    AccountId: vault?.accountId ?? null,
    Region: vault?.region ?? null,
    VaultName: vault?.vaultName ?? null,
  };
  if (event.kind === "Repaired") {
    return { Event: "Repaired", ...place, Copies: event.copies };
  }
  return {
    Event: "Finding",
    Kind: "BlobDamaged",
    ...place,
    Problems: event.lost.map((damage) => renderProblem({ ...damage, blobId: part.blobId })),
    /** Copies that could not be written, with the reason. */
    Failures: event.failures.map(({ copy, error }) => ({
      Copy: copy,
      Text: error instanceof Error ? error.message : String(error),
    })),
  };
}

/** How far a repair is, or what it did. */
export function renderRepairs(sums: RepairSums) {
  return {
    Parts: sums.parts,
    BytesHashed: sums.bytesHashed,
    Repaired: sums.repaired,
    RepairedBytes: sums.repairedBytes,
    Findings: sums.unrepaired,
  };
}
