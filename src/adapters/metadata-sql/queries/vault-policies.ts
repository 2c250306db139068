/** Access policy, lock and notification configuration of a vault: columns of its row. */
import type { Selectable } from "kysely";
import type { LockId } from "../../../domain/ids.ts";
import type { NotificationConfiguration } from "../../../domain/notification-configuration.ts";
import type { Vault } from "../../../domain/vault.ts";
import type { VaultLock } from "../../../domain/vault-lock.ts";
import { assert, assertNever } from "../../../std/assert.ts";
import type { SqlContext, VaultsTable } from "../schema.ts";

/** What `policiesOfRow` reads. */
export const policyColumns = [
  "access_policy",
  "lock_state",
  "lock_id",
  "lock_policy",
  "lock_created_at_ms",
  "lock_expires_at_ms",
  "notification",
] as const;

type PolicyRow = Pick<Selectable<VaultsTable>, (typeof policyColumns)[number]>;

export async function setAccessPolicy(
  context: SqlContext,
  vaultId: number,
  policy: string | undefined,
): Promise<void> {
  await context.db
    .updateTable("vaults")
    .set({ access_policy: policy ?? null })
    .where("vault_id", "=", vaultId)
    .execute();
}

/** The condition on the stored state is the last guard: whatever calls this, a locked vault stays as it is. */
export async function setLock(
  context: SqlContext,
  vaultId: number,
  lock: VaultLock | undefined,
): Promise<void> {
  const result = await context.db
    .updateTable("vaults")
    .set({
      lock_state: lock?.state ?? null,
      lock_id: lock?.lockId ?? null,
      lock_policy: lock?.policy ?? null,
      lock_created_at_ms: lock?.createdAtMs ?? null,
      lock_expires_at_ms: lock?.state === "InProgress" ? lock.expiresAtMs : null,
    })
    .where("vault_id", "=", vaultId)
    .where((eb) => eb.or([eb("lock_state", "is", null), eb("lock_state", "!=", "Locked")]))
    .executeTakeFirst();
  assert(result.numUpdatedRows > 0n, `vault ${vaultId} must exist and must not be locked`);
}

export async function setNotification(
  context: SqlContext,
  vaultId: number,
  notification: NotificationConfiguration | undefined,
): Promise<void> {
  await context.db
    .updateTable("vaults")
    .set({ notification: notification === undefined ? null : JSON.stringify(notification) })
    .where("vault_id", "=", vaultId)
    .execute();
}

export function policiesOfRow(
  row: PolicyRow,
): Pick<Vault, "accessPolicy" | "lock" | "notification"> {
  return {
    accessPolicy: row.access_policy ?? undefined,
    lock: lockOfRow(row),
    notification:
      row.notification === null
        ? undefined
        : (JSON.parse(row.notification) as NotificationConfiguration),
  };
}

function lockOfRow(row: PolicyRow): VaultLock | undefined {
  if (row.lock_state === null) {
    return undefined;
  }
  assert(
    row.lock_id !== null && row.lock_policy !== null && row.lock_created_at_ms !== null,
    "a lock must have its id, policy and creation time",
  );
  const facts = {
    lockId: row.lock_id as LockId,
    policy: row.lock_policy,
    createdAtMs: row.lock_created_at_ms,
  };
  switch (row.lock_state) {
    case "InProgress":
      assert(row.lock_expires_at_ms !== null, "a lock in progress must have its expiry time");
      return { state: row.lock_state, ...facts, expiresAtMs: row.lock_expires_at_ms };
    case "Locked":
      return { state: row.lock_state, ...facts };
    default:
      return assertNever(row.lock_state);
  }
}
