/** Units of provisioned capacity. */
import type { AccountId, CapacityId } from "../../../domain/ids.ts";
import type { CapacityUnit } from "../../../domain/provisioned-capacity.ts";
import type { CapacityStore } from "../../../ports/capacity-store.ts";
import type { SqlContext } from "../schema.ts";

export function makeCapacityStore(context: SqlContext): CapacityStore {
  return {
    insert: (accountId, unit) => insertUnit(context, accountId, unit),
    listUnexpired: (accountId, nowMs) => listUnexpired(context, accountId, nowMs),
  };
}

async function insertUnit(
  context: SqlContext,
  accountId: AccountId,
  unit: CapacityUnit,
): Promise<void> {
  await context.db
    .deleteFrom("capacity_units")
    .where("account_id", "=", accountId)
    .where("expires_at_ms", "<=", unit.startMs)
    .execute();
  await context.db
    .insertInto("capacity_units")
    .values({
      capacity_id: unit.capacityId,
      account_id: accountId,
      start_ms: unit.startMs,
      expires_at_ms: unit.expiresAtMs,
    })
    .execute();
}

async function listUnexpired(
  context: SqlContext,
  accountId: AccountId,
  nowMs: number,
): Promise<readonly CapacityUnit[]> {
  const rows = await context.db
    .selectFrom("capacity_units")
    .where("account_id", "=", accountId)
    .where("expires_at_ms", ">", nowMs)
    .orderBy("start_ms", "desc")
    .orderBy("capacity_id")
    .selectAll()
    .execute();
  return rows.map((row) => ({
    capacityId: row.capacity_id as CapacityId,
    startMs: row.start_ms,
    expiresAtMs: row.expires_at_ms,
  }));
}
