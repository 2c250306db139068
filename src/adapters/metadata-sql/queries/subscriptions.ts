/** Who is subscribed to topics. */
import type { Selectable } from "kysely";
import type { AccountId } from "../../../domain/ids.ts";
import type { Subscription, SubscriptionArn, TopicArn } from "../../../domain/topic.ts";
import type { SubscriptionStore } from "../../../ports/topic-store.ts";
import type { SqlContext } from "../schema.ts";
import type { SubscriptionsTable } from "../topic-tables.ts";

export function makeSubscriptionStore(context: SqlContext): SubscriptionStore {
  return {
    insert: (subscription) => insertSubscription(context, subscription),
    find: (subscriptionArn) => findWhere(context, { subscription_arn: subscriptionArn }),
    findByEndpoint: ({ topicArn, protocol, endpoint }) =>
      findWhere(context, { topic_arn: topicArn, protocol, endpoint }),
    findByToken: (topicArn, token) => findWhere(context, { topic_arn: topicArn, token }),
    listPage: (page) => listSubscriptionPage(context, page),
    listConfirmed: (topicArn) => listConfirmed(context, topicArn),
    count: (topicArn) => countSubscriptions(context, topicArn),
    confirm: (subscriptionArn, { confirmedAtMs, isGuarded }) =>
      change(context, subscriptionArn, {
        confirmed_at_ms: confirmedAtMs,
        is_guarded: isGuarded ? 1 : 0,
      }),
    setRaw: (subscriptionArn, isRaw) => change(context, subscriptionArn, { is_raw: isRaw ? 1 : 0 }),
    remove: (subscriptionArn) => removeSubscription(context, subscriptionArn),
    removePendingSince: (beforeMs) => removePendingSince(context, beforeMs),
  };
}

async function insertSubscription({ db }: SqlContext, subscription: Subscription): Promise<void> {
  await db
    .insertInto("subscriptions")
    .values({
      subscription_arn: subscription.subscriptionArn,
      topic_arn: subscription.topicArn,
      account_id: subscription.accountId,
      region: subscription.region,
      protocol: subscription.protocol,
      endpoint: subscription.endpoint,
      is_raw: subscription.isRaw ? 1 : 0,
      is_guarded: subscription.isGuarded ? 1 : 0,
      service_endpoint: subscription.serviceEndpoint,
      token: subscription.token,
      created_at_ms: subscription.createdAtMs,
      confirmed_at_ms: subscription.confirmedAtMs ?? null,
    })
    .execute();
}

async function findWhere(
  { db }: SqlContext,
  columns:
    | { readonly subscription_arn: string }
    | { readonly topic_arn: string; readonly token: string }
    | Pick<SubscriptionsTable, "topic_arn" | "protocol" | "endpoint">,
): Promise<Subscription | undefined> {
  const row = await db
    .selectFrom("subscriptions")
    .where((eb) => eb.and(columns))
    .selectAll()
    .executeTakeFirst();
  return row && subscriptionOfRow(row);
}

async function listSubscriptionPage(
  { db }: SqlContext,
  { of, fromArn, limit }: Parameters<SubscriptionStore["listPage"]>[0],
): Promise<readonly Subscription[]> {
  let query = db.selectFrom("subscriptions");
  query =
    "topicArn" in of
      ? query.where("topic_arn", "=", of.topicArn)
      : query.where("account_id", "=", of.accountId).where("region", "=", of.region);
  if (fromArn !== undefined) {
    query = query.where("subscription_arn", ">=", fromArn);
  }
  const rows = await query.selectAll().orderBy("subscription_arn").limit(limit).execute();
  return rows.map(subscriptionOfRow);
}

async function listConfirmed(
  { db }: SqlContext,
  topicArn: TopicArn,
): Promise<readonly Subscription[]> {
  const rows = await db
    .selectFrom("subscriptions")
    .where("topic_arn", "=", topicArn)
    .where("confirmed_at_ms", "is not", null)
    .selectAll()
    .orderBy("subscription_arn")
    .execute();
  return rows.map(subscriptionOfRow);
}

async function countSubscriptions(
  { db }: SqlContext,
  topicArn: TopicArn,
): Promise<{ readonly confirmed: number; readonly pending: number }> {
  const row = await db
    .selectFrom("subscriptions")
    .where("topic_arn", "=", topicArn)
    .select((eb) => [
      eb.fn.countAll<number>().as("all"),
      eb.fn.count<number>("confirmed_at_ms").as("confirmed"),
    ])
    .executeTakeFirstOrThrow();
  const confirmed = Number(row.confirmed);
  return { confirmed, pending: Number(row.all) - confirmed };
}

async function change(
  { db }: SqlContext,
  subscriptionArn: SubscriptionArn,
  columns: Partial<Pick<SubscriptionsTable, "confirmed_at_ms" | "is_guarded" | "is_raw">>,
): Promise<void> {
  await db
    .updateTable("subscriptions")
    .set(columns)
    .where("subscription_arn", "=", subscriptionArn)
    .execute();
}

async function removeSubscription(
  { db }: SqlContext,
  subscriptionArn: SubscriptionArn,
): Promise<void> {
  await db.deleteFrom("deliveries").where("subscription_arn", "=", subscriptionArn).execute();
  await db.deleteFrom("subscriptions").where("subscription_arn", "=", subscriptionArn).execute();
}

async function removePendingSince({ db }: SqlContext, beforeMs: number): Promise<number> {
  const result = await db
    .deleteFrom("subscriptions")
    .where("confirmed_at_ms", "is", null)
    .where("created_at_ms", "<", beforeMs)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

function subscriptionOfRow(row: Selectable<SubscriptionsTable>): Subscription {
  return {
    // Only values of these brands ever went into the columns.
    subscriptionArn: row.subscription_arn as SubscriptionArn,
    topicArn: row.topic_arn as TopicArn,
    accountId: row.account_id as AccountId,
    region: row.region,
    protocol: row.protocol,
    endpoint: row.endpoint,
    isRaw: row.is_raw === 1,
    isGuarded: row.is_guarded === 1,
    serviceEndpoint: row.service_endpoint,
    token: row.token,
    createdAtMs: row.created_at_ms,
    confirmedAtMs: row.confirmed_at_ms ?? undefined,
  };
}
