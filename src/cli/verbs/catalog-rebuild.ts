/** `moraine catalog rebuild`: brings the journal of a vault in line with its inventory. */
import { buildCatalog } from "../catalog/build-catalog.ts";
import type { JournalCatalog } from "../catalog/catalog.ts";
import {
  applyInventory,
  type Drift,
  type InventoryComparison,
} from "../catalog/inventory/apply-inventory.ts";
import { explainInventory } from "../catalog/inventory/inventory-item.ts";
import {
  getInventoryJob,
  type InventoryJob,
  readJobOutput,
} from "../catalog/inventory/inventory-job.ts";
import { parseInventoryJson } from "../catalog/inventory/parse-inventory-json.ts";
import type { JournalRecord } from "../catalog/journal-record.ts";
import { findCatalog, openJournal, placeOf } from "../catalog/open-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { describeVault, type FoundVault } from "../session/describe-vault.ts";
import type { Session } from "../session/session.ts";
import { formatCount, formatSize, formatTableTime } from "../units.ts";

export interface RebuildOptions {
  readonly reuse?: boolean;
  readonly wait: boolean;
}

/** Where the differences go. */
interface Target {
  readonly catalog: JournalCatalog;
  readonly append: (records: readonly JournalRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Gets the inventory and writes the differences into the journal, which is locked only once the inventory
 * is there. What was written before a crash stays, is true, and the next run adds the rest.
 */
export async function rebuildCatalog(
  session: Session,
  vaultName: string,
  options: RebuildOptions,
): Promise<number> {
  const vault = await describeVault(session, vaultName);
  const command = `moraine catalog rebuild ${vaultName}`;
  const job = await getInventoryJob(session, vault, { ...options, command });
  const target = await openTarget(session, vault);
  try {
    const drifts = countDrifts(session, vaultName, target);
    const comparison = await explainInventory(
      async () => await compare(session, vault, { job, target, onDrift: drifts.add }),
    );
    await drifts.flush();
    if (session.flags.dryRun !== true) {
      await job.forget();
    }
    report(session, vault, comparison, drifts.counts);
    return EXIT.ok;
  } finally {
    await target.close();
  }
}

async function openTarget(session: Session, vault: FoundVault): Promise<Target> {
  if (session.flags.dryRun === true) {
    const catalog = (await findCatalog(session, vault)) ?? buildCatalog([]);
    return { catalog, append: async () => undefined, close: async () => undefined };
  }
  const journal = await openJournal(session, vault);
  return {
    catalog: journal,
    append: async (records) => await journal.append(...records),
    close: async () => await journal.close(),
  };
}

async function compare(
  session: Session,
  vault: FoundVault,
  parts: {
    readonly job: InventoryJob;
    readonly target: Target;
    readonly onDrift: (drift: Drift, record: JournalRecord) => Promise<void>;
  },
): Promise<InventoryComparison> {
  const { job, target, onDrift } = parts;
  const progress = session.reporter.progress({
    noun: "inventories",
    itemCount: 1,
    totalBytes: job.sizeBytes,
  });
  const item = progress.start(`inventory of ${vault.vaultName}`, job.sizeBytes);
  async function* counted() {
    for await (const chunk of readJobOutput(session, vault, job.jobId)) {
      item.advance(chunk.length);
      yield chunk;
    }
  }
  try {
    return await applyInventory(parseInventoryJson(counted()), {
      vaultArn: vault.arn,
      catalog: target.catalog,
      clockAheadMs: job.clockAheadMs,
      onDrift,
    });
  } finally {
    item.end();
    progress.close();
  }
}

/** Records that are appended at once: an fsync for each would take hours for a million. */
const BATCH_RECORDS = 2000;

function countDrifts(session: Session, vaultName: string, target: Target) {
  const counts: Record<Drift["kind"], number> = { added: 0, found: 0, corrected: 0, missing: 0 };
  let waiting: JournalRecord[] = [];
  const flush = async () => {
    const records = waiting;
    waiting = [];
    await target.append(records);
  };
  return {
    counts,
    flush,
    add: async (drift: Drift, record: JournalRecord) => {
      counts[drift.kind] += 1;
      const { kind, entry } = drift;
      const { archiveId, name, sizeBytes } = entry;
      if (session.reporter.isJson) {
        const event = { event: kind, vault: vaultName, archiveId, name, sizeBytes };
        session.reporter.data(event, "");
      }
      waiting.push(record);
      if (waiting.length >= BATCH_RECORDS) {
        await flush();
      }
    },
  };
}

function report(
  session: Session,
  vault: FoundVault,
  comparison: InventoryComparison,
  counts: Readonly<Record<Drift["kind"], number>>,
): void {
  const { reporter, flags } = session;
  const { listedCount, listedBytes, takenAtMs, youngerCount } = comparison;
  const { path } = placeOf(session, vault);
  const isDryRun = flags.dryRun === true;
  const done = isDryRun ? "would be written into" : "written into";
  reporter.data(
    {
      event: "rebuilt",
      vault: vault.vaultName,
      journal: path,
      inventoryAt: new Date(takenAtMs).toISOString(),
      archives: listedCount,
      sizeBytes: listedBytes,
      ...counts,
      younger: youngerCount,
      dryRun: isDryRun,
    },
    [
      `Inventory of ${formatTableTime(takenAtMs)} UTC: ${formatCount(listedCount, "archive")}, ${formatSize(listedBytes)}`,
      `  added      ${counts.added}  in the vault and not in the journal`,
      `  found      ${counts.found}  in the vault though the journal called them deleted`,
      `  corrected  ${counts.corrected}  with a tree hash or size that the journal lacked or had otherwise`,
      `  missing    ${counts.missing}  in the journal and not in the vault`,
      `  younger    ${youngerCount}  than the inventory: nothing is said of them`,
      `Differences ${done} ${path}`,
    ].join("\n"),
  );
}
