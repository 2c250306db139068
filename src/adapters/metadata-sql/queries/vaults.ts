/**
 * Vaults: keys, counters, tags and their last inventory. Policies are in `vault-policies.ts`, removal is in
 * `vault-removal.ts`.
 */
import { type ExpressionBuilder, type Selectable, sql } from "kysely";
import type { AccountId } from "../../../domain/ids.ts";
import type { InventorySnapshot } from "../../../domain/inventory-snapshot.ts";
import type { Tags, Vault, VaultKey, VaultName } from "../../../domain/vault.ts";
import type { VaultStore } from "../../../ports/metadata-store.ts";
import { assert } from "../../../std/assert.ts";
import { prepareQuery } from "../prepared-query.ts";
import type { SqlContext, Tables, VaultsTable } from "../schema.ts";
import {
  policiesOfRow,
  policyColumns,
  setAccessPolicy,
  setLock,
  setNotification,
} from "./vault-policies.ts";
import { purgeRemovedVaults, removeVault, wasVaultDeleted } from "./vault-removal.ts";

export function makeVaultStore(context: SqlContext): VaultStore {
  return {
    find: (key) => findVault(context, key),
    lock: (vaultId) => lockVault(context, vaultId),
    insert: (vault) => insertVault(context, vault),
    count: (owner) => countVaults(context, owner),
    listPage: (page) => listVaultPage(context, page),
    get: (vaultId) => getVault(context, vaultId),
    remove: (vaultId) => removeVault(context, vaultId),
    purgeRemovedVaults: (limit) => purgeRemovedVaults(context, limit),
    wasDeleted: (key) => wasVaultDeleted(context, key),
    setTags: (vaultId, tags) => setTags(context, vaultId, tags),
    setAccessPolicy: (vaultId, policy) => setAccessPolicy(context, vaultId, policy),
    setLock: (vaultId, lock) => setLock(context, vaultId, lock),
    setNotification: (vaultId, notification) => setNotification(context, vaultId, notification),
    countChange: (vaultId, change) => countChange(context, vaultId, change),
    setInventory: (vaultId, snapshot, dueAtMs) => setInventory(context, vaultId, snapshot, dueAtMs),
    scheduleInventories: (dueAtMs) => scheduleInventories(context, dueAtMs),
    listInventoryDue: (nowMs, limit) => listInventoryDue(context, nowMs, limit),
  };
}

type Change = Parameters<VaultStore["countChange"]>[1];
type Owner = Parameters<VaultStore["count"]>[0];
type Page = Parameters<VaultStore["listPage"]>[0];

async function findVault(context: SqlContext, key: VaultKey): Promise<Vault | undefined> {
  const [row] = await selectByKey(context, key);
  return row && vaultOfRow(row);
}

const selectByKey = prepareQuery((context, key: VaultKey) =>
  selectVaults(context)
    .where("account_id", "=", key.accountId)
    .where("region", "=", key.region)
    .where("vault_name", "=", key.vaultName),
);

async function getVault(context: SqlContext, vaultId: number): Promise<Vault | undefined> {
  const [row] = await selectById(context, { vaultId });
  return row && vaultOfRow(row);
}

const selectById = prepareQuery((context, { vaultId }: { readonly vaultId: number }) =>
  selectVaults(context).where("vault_id", "=", vaultId),
);

async function lockVault(context: SqlContext, vaultId: number): Promise<Vault | undefined> {
  const [row] = await selectLocked(context, { vaultId });
  return row && vaultOfRow(row);
}

const selectLocked = prepareQuery((context, { vaultId }: { readonly vaultId: number }) =>
  selectVaults(context)
    .where("vault_id", "=", vaultId)
    .$if(context.capabilities.rowLocks, (query) => query.forUpdate()),
);

async function insertVault(
  context: SqlContext,
  vault: VaultKey & { readonly createdAtMs: number },
): Promise<Vault> {
  const row = await context.db
    .insertInto("vaults")
    .values({
      account_id: vault.accountId,
      region: vault.region,
      vault_name: vault.vaultName,
      created_at_ms: vault.createdAtMs,
      archive_count: 0,
      archive_bytes: 0n,
      change_sequence: 0,
      tags: "[]",
    })
    .returning(vaultColumns)
    .executeTakeFirstOrThrow();
  return vaultOfRow(row);
}

async function countVaults(context: SqlContext, owner: Owner): Promise<number> {
  const row = await context.db
    .selectFrom("vaults")
    .where("account_id", "=", owner.accountId)
    .where("region", "=", owner.region)
    .select((eb) => eb.fn.countAll<number>().as("vault_count"))
    .executeTakeFirstOrThrow();
  return row.vault_count;
}

async function listVaultPage(context: SqlContext, page: Page): Promise<readonly Vault[]> {
  const { accountId, region, fromName = "", limit } = page;
  const rows = await selectPage(context, { accountId, region, fromName, limit });
  return rows.map(vaultOfRow);
}

/** No name comes before the empty text. */
const selectPage = prepareQuery(
  (context, page: Required<Owner> & { fromName: string; limit: number }) =>
    selectVaults(context)
      .where("account_id", "=", page.accountId)
      .where("region", "=", page.region)
      .where("vault_name", ">=", page.fromName)
      .orderBy("vault_name")
      .limit(page.limit),
);

async function setTags(context: SqlContext, vaultId: number, tags: Tags): Promise<void> {
  await context.db
    .updateTable("vaults")
    .set({ tags: JSON.stringify([...tags]) })
    .where("vault_id", "=", vaultId)
    .execute();
}

async function countChange(context: SqlContext, vaultId: number, change: Change): Promise<number> {
  assert(
    change.archiveBytes * change.archiveCount >= 0,
    `archiveBytes ${change.archiveBytes} must have the sign of archiveCount ${change.archiveCount}`,
  );
  const { archiveCount, inventoryDueAtMs: dueAtMs = null } = change;
  const archiveBytes = BigInt(change.archiveBytes);
  const [row] = await updateCounters(context, { vaultId, archiveCount, archiveBytes, dueAtMs });
  assert(row !== undefined, `vault ${vaultId} must exist while its archives change`);
  return row.change_sequence;
}

interface CounterChange {
  readonly vaultId: number;
  readonly archiveCount: number;
  readonly archiveBytes: bigint;
  /** `null` leaves the date that is there. */
  readonly dueAtMs: number | null;
}

const updateCounters = prepareQuery((context, change: CounterChange) =>
  context.db
    .updateTable("vaults")
    .set((eb) => ({
      archive_count: eb("archive_count", "+", change.archiveCount),
      archive_bytes: sql<bigint>`archive_bytes + ${change.archiveBytes}`,
      change_sequence: eb("change_sequence", "+", eb.lit(1)),
      inventory_due_at_ms: eb.fn.coalesce("inventory_due_at_ms", eb.val(change.dueAtMs)),
    }))
    .where("vault_id", "=", change.vaultId)
    .returning("change_sequence"),
);

async function setInventory(
  context: SqlContext,
  vaultId: number,
  snapshot: InventorySnapshot,
  inventoryDueAtMs: number | undefined,
): Promise<void> {
  await context.db
    .updateTable("vaults")
    .set({
      inventory_taken_at_ms: snapshot.takenAtMs,
      inventory_change_sequence: snapshot.changeSequence,
      inventory_archive_count: snapshot.archiveCount,
      inventory_archive_bytes: snapshot.archiveBytes,
      inventory_due_at_ms: inventoryDueAtMs ?? null,
    })
    .where("vault_id", "=", vaultId)
    .execute();
}

async function scheduleInventories(context: SqlContext, dueAtMs: number): Promise<number> {
  const result = await context.db
    .updateTable("vaults")
    .set({ inventory_due_at_ms: dueAtMs })
    .where("inventory_due_at_ms", "is", null)
    .where(({ eb, fn, val }) =>
      eb("change_sequence", ">", fn.coalesce("inventory_change_sequence", val(0))),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

async function listInventoryDue(
  context: SqlContext,
  nowMs: number,
  limit: number,
): Promise<readonly Vault[]> {
  const rows = await selectVaults(context)
    .where("inventory_due_at_ms", "<=", nowMs)
    .orderBy("inventory_due_at_ms")
    .orderBy("vault_id")
    .limit(limit)
    .execute();
  return rows.map(vaultOfRow);
}

/** Vaults of all accounts by internal key; see `ScanStore.listVaults`. */
export async function listVaultsFrom(
  context: SqlContext,
  page: { readonly fromVaultId: number; readonly limit: number },
): Promise<readonly Vault[]> {
  const rows = await selectVaults(context)
    .where("vault_id", ">=", page.fromVaultId)
    .orderBy("vault_id")
    .limit(page.limit)
    .execute();
  return rows.map(vaultOfRow);
}

function selectVaults(context: SqlContext) {
  return context.db.selectFrom("vaults").select(vaultColumns);
}

function vaultColumns(_eb: ExpressionBuilder<Tables, "vaults">) {
  return [
    "vault_id",
    "account_id",
    "region",
    "vault_name",
    "created_at_ms",
    "archive_count",
    sql<string>`cast(archive_bytes as text)`.as("archive_bytes"),
    "change_sequence",
    "inventory_taken_at_ms",
    "inventory_change_sequence",
    "inventory_archive_count",
    sql<string | null>`cast(inventory_archive_bytes as text)`.as("inventory_archive_bytes"),
    "inventory_due_at_ms",
    "tags",
    ...policyColumns,
  ] as const;
}

type VaultRow = Omit<Selectable<VaultsTable>, "archive_bytes" | "inventory_archive_bytes"> & {
  readonly archive_bytes: string;
  readonly inventory_archive_bytes: string | null;
};

function vaultOfRow(row: VaultRow): Vault {
  return {
    vaultId: row.vault_id,
    accountId: row.account_id as AccountId,
    region: row.region,
    vaultName: row.vault_name as VaultName,
    createdAtMs: row.created_at_ms,
    archiveCount: row.archive_count,
    archiveBytes: BigInt(row.archive_bytes),
    changeSequence: row.change_sequence,
    lastInventory: inventoryOfRow(row),
    inventoryDueAtMs: row.inventory_due_at_ms ?? undefined,
    tags: new Map(JSON.parse(row.tags) as [string, string][]),
    ...policiesOfRow(row),
  };
}

function inventoryOfRow(row: VaultRow): InventorySnapshot | undefined {
  if (
    row.inventory_taken_at_ms === null ||
    row.inventory_change_sequence === null ||
    row.inventory_archive_count === null ||
    row.inventory_archive_bytes === null
  ) {
    return undefined;
  }
  return {
    takenAtMs: row.inventory_taken_at_ms,
    changeSequence: row.inventory_change_sequence,
    archiveCount: row.inventory_archive_count,
    archiveBytes: BigInt(row.inventory_archive_bytes),
  };
}
