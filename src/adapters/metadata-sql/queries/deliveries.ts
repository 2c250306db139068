/** Messages on their way to single receivers, with the leases of the workers that send them. */
import type { Selectable } from "kysely";
import {
  type Delivery,
  type DeliveryTarget,
  laneOfTarget,
  type NewDelivery,
} from "../../../domain/notification.ts";
import type { DeliveryStore } from "../../../ports/delivery-store.ts";
import type { SqlContext } from "../schema.ts";
import type { DeliveriesTable } from "../topic-tables.ts";

export function makeDeliveryStore(context: SqlContext): DeliveryStore {
  return {
    insert: (delivery) => insertDelivery(context, delivery),
    claimNext: (...claim) => claimNextDelivery(context, ...claim),
    finish: (deliveryId, owner) => finishDelivery(context, deliveryId, owner),
    postpone: (...again) => postponeDelivery(context, ...again),
    nextClaimableAtMs: (busyLanes) => findNextClaimableAtMs(context, busyLanes),
    removeCreatedBefore: (beforeMs, limit) => removeCreatedBefore(context, beforeMs, limit),
  };
}

type Parts<Name extends keyof DeliveryStore> = Parameters<DeliveryStore[Name]>;

async function insertDelivery({ db }: SqlContext, delivery: NewDelivery): Promise<void> {
  const { target } = delivery;
  await db
    .insertInto("deliveries")
    .values({
      target_kind: target.kind,
      target: target.kind === "Http" ? target.url : target.topicArn,
      lane: laneOfTarget(target),
      message_type: delivery.messageType,
      message_id: delivery.messageId,
      topic_arn: delivery.topicArn,
      subscription_arn: delivery.subscriptionArn ?? null,
      subject: delivery.subject ?? null,
      is_raw: delivery.isRaw ? 1 : 0,
      created_at_ms: delivery.createdAtMs,
      claimable_at_ms: delivery.createdAtMs,
      attempts: 0,
      body: delivery.body,
    })
    .execute();
}

/** Two queries, as for jobs: a database with row locks might run a subquery again. Must run in a transaction. */
async function claimNextDelivery(
  { db, capabilities }: SqlContext,
  ...[nowMs, lease, busyLanes]: Parts<"claimNext">
): Promise<Delivery | undefined> {
  const row = await db
    .selectFrom("deliveries")
    .where("claimable_at_ms", "<=", nowMs)
    .$if(busyLanes.length > 0, (query) => query.where("lane", "not in", busyLanes))
    .selectAll()
    .orderBy("claimable_at_ms")
    .orderBy("delivery_id")
    .limit(1)
    .$if(capabilities.rowLocks, (query) => query.forUpdate().skipLocked())
    .executeTakeFirst();
  if (row === undefined) {
    return undefined;
  }
  await db
    .updateTable("deliveries")
    .set({ lease_owner: lease.owner, claimable_at_ms: lease.untilMs })
    .where("delivery_id", "=", row.delivery_id)
    .execute();
  return deliveryOfRow(row);
}

async function finishDelivery(
  { db }: SqlContext,
  deliveryId: number,
  owner: string,
): Promise<boolean> {
  const result = await db
    .deleteFrom("deliveries")
    .where("delivery_id", "=", deliveryId)
    .where("lease_owner", "=", owner)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

async function postponeDelivery(
  { db }: SqlContext,
  ...[deliveryId, owner, { dueAtMs, attempts }]: Parts<"postpone">
): Promise<boolean> {
  const result = await db
    .updateTable("deliveries")
    .set({ claimable_at_ms: dueAtMs, attempts, lease_owner: null })
    .where("delivery_id", "=", deliveryId)
    .where("lease_owner", "=", owner)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

async function findNextClaimableAtMs(
  { db }: SqlContext,
  busyLanes: readonly string[],
): Promise<number | undefined> {
  const row = await db
    .selectFrom("deliveries")
    .$if(busyLanes.length > 0, (query) => query.where("lane", "not in", busyLanes))
    .select("claimable_at_ms")
    .orderBy("claimable_at_ms")
    .limit(1)
    .executeTakeFirst();
  return row?.claimable_at_ms;
}

async function removeCreatedBefore(
  { db }: SqlContext,
  beforeMs: number,
  limit: number,
): Promise<readonly Delivery[]> {
  const rows = await db
    .deleteFrom("deliveries")
    .where("delivery_id", "in", (eb) =>
      eb
        .selectFrom("deliveries")
        .where("created_at_ms", "<", beforeMs)
        .select("delivery_id")
        .orderBy("created_at_ms")
        .limit(limit),
    )
    .returningAll()
    .execute();
  return rows.map(deliveryOfRow);
}

function deliveryOfRow(row: Selectable<DeliveriesTable>): Delivery {
  return {
    deliveryId: row.delivery_id,
    target: targetOfRow(row),
    messageType: row.message_type,
    messageId: row.message_id,
    topicArn: row.topic_arn,
    subscriptionArn: row.subscription_arn ?? undefined,
    subject: row.subject ?? undefined,
    isRaw: row.is_raw === 1,
    body: row.body,
    createdAtMs: row.created_at_ms,
    attempts: row.attempts,
  };
}

function targetOfRow(row: Selectable<DeliveriesTable>): DeliveryTarget {
  return row.target_kind === "Http"
    ? { kind: "Http", url: row.target }
    : { kind: "Topic", topicArn: row.target };
}
