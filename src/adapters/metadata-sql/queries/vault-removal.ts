/**
 * Removing a vault. The vault, its uploads and its jobs go at once; its archive records, of which there may
 * be millions, are hidden by the vault's absence and purged in steps.
 */
import type { VaultKey } from "../../../domain/vault.ts";
import { assert } from "../../../std/assert.ts";
import type { SqlContext } from "../schema.ts";

export async function removeVault(context: SqlContext, vaultId: number): Promise<void> {
  await discardManifestsOfUploads(context, vaultId);
  await discardOutputsOfJobs(context, vaultId);
  await deletePinsOfJobs(context, vaultId);
  await context.db.deleteFrom("jobs").where("vault_id", "=", vaultId).execute();
  await context.db.deleteFrom("uploads").where("vault_id", "=", vaultId).execute();
  await rememberKey(context, vaultId);
  const result = await context.db
    .deleteFrom("vaults")
    .where("vault_id", "=", vaultId)
    .executeTakeFirst();
  if (result.numDeletedRows > 0n) {
    await context.db.insertInto("removed_vaults").values({ vault_id: vaultId }).execute();
  }
}

export async function wasVaultDeleted(context: SqlContext, key: VaultKey): Promise<boolean> {
  const row = await context.db
    .selectFrom("deleted_vaults")
    .where("account_id", "=", key.accountId)
    .where("region", "=", key.region)
    .where("vault_name", "=", key.vaultName)
    .select("vault_name")
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets up to `limit` records, an emptied vault counting as one; returns how many. */
export async function purgeRemovedVaults(context: SqlContext, limit: number): Promise<number> {
  assert(limit > 0, `limit must be positive; got ${limit}`);
  let purged = 0;
  while (purged < limit) {
    const vaultId = await findRemovedVault(context);
    if (vaultId === undefined) {
      return purged;
    }
    const archives = await purgeArchives(context, vaultId, limit - purged);
    purged += archives;
    if (purged < limit) {
      await context.db.deleteFrom("removed_vaults").where("vault_id", "=", vaultId).execute();
      purged += 1;
    }
  }
  return purged;
}

async function discardManifestsOfUploads(context: SqlContext, vaultId: number): Promise<void> {
  await context.db
    .insertInto("garbage_manifests")
    .columns(["manifest_id"])
    .expression((eb) =>
      eb
        .selectFrom("uploads")
        .where("vault_id", "=", vaultId)
        .where("state", "=", "InProgress")
        .select("manifest_id"),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function discardOutputsOfJobs(context: SqlContext, vaultId: number): Promise<void> {
  await context.db
    .insertInto("garbage_manifests")
    .columns(["manifest_id"])
    .expression((eb) =>
      eb
        .selectFrom("jobs")
        .where("vault_id", "=", vaultId)
        .where("kind", "=", "InventoryRetrieval")
        .where("output_manifest_id", "is not", null)
        .select((select) => select.ref("output_manifest_id").$notNull().as("manifest_id")),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function deletePinsOfJobs(context: SqlContext, vaultId: number): Promise<void> {
  await context.db
    .deleteFrom("pins")
    .where("job_id", "in", (eb) =>
      eb.selectFrom("jobs").where("vault_id", "=", vaultId).select("job_id"),
    )
    .execute();
}

async function rememberKey(context: SqlContext, vaultId: number): Promise<void> {
  await context.db
    .insertInto("deleted_vaults")
    .columns(["account_id", "region", "vault_name"])
    .expression((eb) =>
      eb
        .selectFrom("vaults")
        .where("vault_id", "=", vaultId)
        .select(["account_id", "region", "vault_name"]),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function findRemovedVault(context: SqlContext): Promise<number | undefined> {
  const row = await context.db
    .selectFrom("removed_vaults")
    .select("vault_id")
    .orderBy("vault_id")
    .limit(1)
    .$if(context.capabilities.rowLocks, (query) => query.forUpdate())
    .executeTakeFirst();
  return row?.vault_id;
}

/** Live archives do not outlive their vault either: their manifests become garbage here. */
async function purgeArchives(context: SqlContext, vaultId: number, limit: number): Promise<number> {
  const rows = await context.db
    .deleteFrom("archives")
    .where("archive_id", "in", (eb) =>
      eb.selectFrom("archives").where("vault_id", "=", vaultId).select("archive_id").limit(limit),
    )
    .returning(["manifest_id", "deleted_sequence"])
    .execute();
  for (const row of rows) {
    if (row.deleted_sequence === null) {
      await context.db
        .insertInto("garbage_manifests")
        .values({ manifest_id: row.manifest_id })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }
  return rows.length;
}
