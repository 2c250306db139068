/** Comparing a vault's journal with its inventory. */
import type { CatalogEntry, JournalCatalog } from "../catalog.ts";
import type { JournalRecord } from "../journal-record.ts";
import { InventoryFormatError, type InventoryHead, recordOfItem } from "./inventory-item.ts";
import type { InventoryPart } from "./parse-inventory-json.ts";

/** What the inventory knows otherwise than the journal. */
export type Drift =
  /** In the vault, and not in the journal. */
  | { readonly kind: "added"; readonly entry: DriftArchive }
  /** In the vault, though the journal calls it deleted. */
  | { readonly kind: "found"; readonly entry: DriftArchive }
  /** In both, and the journal lacked the tree hash or has another size or hash. */
  | { readonly kind: "corrected"; readonly entry: DriftArchive }
  /** In the journal, and not in the vault. */
  | { readonly kind: "missing"; readonly entry: DriftArchive };

export type DriftArchive = Pick<CatalogEntry, "archiveId" | "name" | "sizeBytes">;

export interface InventoryComparison {
  /** What the inventory lists. */
  readonly listedCount: number;
  readonly listedBytes: number;
  /** Instant of the inventory, epoch milliseconds. */
  readonly takenAtMs: number;
  /** Archives of the journal younger than the inventory: it can't know them. */
  readonly youngerCount: number;
}

export interface ComparisonContext {
  readonly vaultArn: string;
  readonly catalog: JournalCatalog;
  /** How far the clock of the journal's times is ahead of the service's. */
  readonly clockAheadMs: number;
  /** Takes what makes the journal agree, and what to tell of it. */
  readonly onDrift: (drift: Drift, record: JournalRecord) => Promise<void>;
}

/**
 * Goes through the inventory and tells each difference. What is in the inventory is told as it comes; what
 * is missing only when the inventory was read to its end, and only when it is older than the inventory.
 * Throws `InventoryFormatError`, also for an inventory of another vault.
 */
export async function applyInventory(
  parts: AsyncGenerator<InventoryPart, InventoryHead>,
  context: ComparisonContext,
): Promise<InventoryComparison> {
  const { catalog, onDrift } = context;
  // An inventory lists packs, and not the files in them.
  const known = new Map([...catalog.entries].filter(([, { packed }]) => packed === undefined));
  const sums = { listedCount: 0, listedBytes: 0 };
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) {
    const { head, item } = next.value;
    const takenAtMs = checkHead(head, context.vaultArn);
    sums.listedCount += 1;
    sums.listedBytes += item.sizeBytes;
    const drift = decideDrift(recordOfItem(item), { known, takenAtMs, context });
    known.delete(item.archiveId);
    if (drift !== undefined) {
      await onDrift(drift.drift, drift.record);
    }
  }
  const takenAtMs = checkHead(next.value, context.vaultArn);
  const youngFromMs = toJournalTime(takenAtMs, context);
  let youngerCount = 0;
  for (const entry of known.values()) {
    if (entry.createdAtMs >= youngFromMs) {
      youngerCount += 1;
    } else {
      const { archiveId } = entry;
      await onDrift({ kind: "missing", entry }, { op: "DELETED", atMs: takenAtMs, archiveId });
    }
  }
  return { ...sums, takenAtMs, youngerCount };
}

/** Both clocks are compared by a header that tells seconds, and the inventory's instant is cut to seconds. */
const CLOCK_TOLERANCE_MS = 2000;

function toJournalTime(takenAtMs: number, { clockAheadMs }: ComparisonContext): number {
  return takenAtMs + clockAheadMs - CLOCK_TOLERANCE_MS;
}

function checkHead({ vaultArn, takenAtMs }: InventoryHead, wantedArn: string): number {
  if (vaultArn !== wantedArn) {
    throw new InventoryFormatError(
      `the inventory is of ${vaultArn ?? "no vault"}, and not of ${wantedArn}`,
    );
  }
  if (takenAtMs === undefined) {
    throw new InventoryFormatError("the inventory has no InventoryDate before its archives");
  }
  return takenAtMs;
}

function decideDrift(
  record: ReturnType<typeof recordOfItem>,
  state: {
    readonly known: ReadonlyMap<string, CatalogEntry>;
    readonly takenAtMs: number;
    readonly context: ComparisonContext;
  },
): { readonly drift: Drift; readonly record: JournalRecord } | undefined {
  const { known, takenAtMs, context } = state;
  const { archiveId } = record;
  const entry = known.get(archiveId);
  if (entry !== undefined) {
    const isSame = entry.sizeBytes === record.sizeBytes && entry.treeHash === record.treeHash;
    // The journal's own name and times are kept: nothing knows them better.
    const corrected = {
      ...record,
      name: entry.name,
      atMs: entry.createdAtMs,
      modifiedAtMs: undefined,
    };
    return isSame ? undefined : { drift: { kind: "corrected", entry: record }, record: corrected };
  }
  const deletedAtMs = context.catalog.deletedAtMs(archiveId);
  if (deletedAtMs === undefined) {
    return { drift: { kind: "added", entry: record }, record };
  }
  // Deleted after the inventory was taken: it can't know.
  return deletedAtMs > toJournalTime(takenAtMs, context)
    ? undefined
    : {
        drift: { kind: "found", entry: record },
        record: { op: "FOUND", atMs: Math.max(takenAtMs, deletedAtMs), archiveId },
      };
}
