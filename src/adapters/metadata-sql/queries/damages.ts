/** Damage of archives that the scrub found; see ports/scrub-store.ts. */
import type { Selectable } from "kysely";
import type { Damage } from "../../../domain/damage.ts";
import type { AccountId, ArchiveId, BlobId } from "../../../domain/ids.ts";
import type { VaultName } from "../../../domain/vault.ts";
import type { DamageStore, ListedDamage } from "../../../ports/scrub-store.ts";
import { formatHexId, formatTextId, parseHexId, parseTextId } from "../columns.ts";
import type { DamagesTable, SqlContext } from "../schema.ts";

export function makeDamageStore(context: SqlContext): DamageStore {
  return {
    listOpen: (blobId) => listOpen(context, blobId),
    insert: (damage) => insertDamage(context, damage),
    update: (damage) => updateDamage(context, damage),
    listPage: (page) => listPage(context, page),
    listDamagedBlobs: (page) => listDamagedBlobs(context, page),
    countArchives: () => countArchives(context),
  };
}

async function listOpen(context: SqlContext, blobId: BlobId): Promise<readonly Damage[]> {
  const rows = await context.db
    .selectFrom("damages")
    .where("blob_id", "=", parseHexId(blobId))
    .where("repaired_at_ms", "is", null)
    .selectAll()
    .orderBy("start_bytes")
    .orderBy("damage_id")
    .execute();
  return rows.map(damageOfRow);
}

async function insertDamage(
  context: SqlContext,
  damage: Parameters<DamageStore["insert"]>[0],
): Promise<void> {
  await context.db
    .insertInto("damages")
    .values({
      archive_id: parseTextId(damage.archiveId),
      blob_id: parseHexId(damage.blobId),
      first_seen_at_ms: damage.firstSeenAtMs,
      ...changingColumns(damage),
    })
    .execute();
}

async function updateDamage(context: SqlContext, damage: Damage): Promise<void> {
  await context.db
    .updateTable("damages")
    .set(changingColumns(damage))
    .where("damage_id", "=", damage.damageId)
    .execute();
}

function changingColumns(damage: Omit<Damage, "damageId">) {
  return {
    kind: damage.kind,
    start_bytes: damage.range.start,
    end_bytes: damage.range.endExclusive,
    last_seen_at_ms: damage.lastSeenAtMs,
    repaired_at_ms: damage.repairedAtMs ?? null,
  };
}

async function listPage(
  context: SqlContext,
  page: Parameters<DamageStore["listPage"]>[0],
): Promise<readonly ListedDamage[]> {
  let query = context.db
    .selectFrom("damages")
    .innerJoin("archives", "archives.archive_id", "damages.archive_id")
    .innerJoin("vaults", "vaults.vault_id", "archives.vault_id")
    .where("damages.damage_id", ">=", page.fromDamageId);
  if (!page.withRepaired) {
    query = query.where("damages.repaired_at_ms", "is", null);
  }
  const rows = await query
    .selectAll("damages")
    .select(["vaults.account_id", "vaults.region", "vaults.vault_name"])
    .orderBy("damages.damage_id")
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({
    ...damageOfRow(row),
    // What the vault was inserted with.
    accountId: row.account_id as AccountId,
    region: row.region,
    vaultName: row.vault_name as VaultName,
  }));
}

async function listDamagedBlobs(
  context: SqlContext,
  page: Parameters<DamageStore["listDamagedBlobs"]>[0],
): Promise<readonly BlobId[]> {
  let query = context.db.selectFrom("damages").where("repaired_at_ms", "is", null);
  if (page.after !== undefined) {
    query = query.where("blob_id", ">", parseHexId(page.after));
  }
  const rows = await query
    .select("blob_id")
    .distinct()
    .orderBy("blob_id")
    .limit(page.limit)
    .execute();
  return rows.map((row) => formatHexId<BlobId>(row.blob_id));
}

async function countArchives(context: SqlContext): Promise<number> {
  const row = await context.db
    .selectFrom("damages")
    .where("repaired_at_ms", "is", null)
    .select((eb) => eb.fn.count<number>("archive_id").distinct().as("archive_count"))
    .executeTakeFirstOrThrow();
  return Number(row.archive_count);
}

/** Part of the deletion of an archive. */
export async function forgetDamages(context: SqlContext, archiveId: ArchiveId): Promise<void> {
  await context.db.deleteFrom("damages").where("archive_id", "=", parseTextId(archiveId)).execute();
}

function damageOfRow(row: Selectable<DamagesTable>): Damage {
  return {
    damageId: row.damage_id,
    archiveId: formatTextId<ArchiveId>(row.archive_id),
    blobId: formatHexId<BlobId>(row.blob_id),
    kind: row.kind,
    range: { start: row.start_bytes, endExclusive: row.end_bytes },
    firstSeenAtMs: row.first_seen_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    repairedAtMs: row.repaired_at_ms ?? undefined,
  };
}
