/** Topics. */
import type { Selectable } from "kysely";
import type { AccountId } from "../../../domain/ids.ts";
import type { Topic, TopicArn } from "../../../domain/topic.ts";
import type { TopicStore } from "../../../ports/topic-store.ts";
import type { SqlContext } from "../schema.ts";
import type { TopicsTable } from "../topic-tables.ts";

export function makeTopicStore(context: SqlContext): TopicStore {
  return {
    insert: (topic) => insertTopic(context, topic),
    find: (topicArn) => findTopic(context, topicArn),
    listPage: (page) => listTopicPage(context, page),
    update: (topicArn, change) => updateTopic(context, topicArn, change),
    remove: (topicArn) => removeTopic(context, topicArn),
  };
}

async function insertTopic({ db }: SqlContext, topic: Topic): Promise<boolean> {
  const result = await db
    .insertInto("topics")
    .values({
      topic_arn: topic.topicArn,
      account_id: topic.accountId,
      region: topic.region,
      topic_name: topic.name,
      display_name: topic.displayName,
      signature_version: topic.signatureVersion,
      created_at_ms: topic.createdAtMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

async function findTopic({ db }: SqlContext, topicArn: string): Promise<Topic | undefined> {
  const row = await db
    .selectFrom("topics")
    .where("topic_arn", "=", topicArn)
    .selectAll()
    .executeTakeFirst();
  return row && topicOfRow(row);
}

async function listTopicPage(
  { db }: SqlContext,
  { accountId, region, fromArn, limit }: Parameters<TopicStore["listPage"]>[0],
): Promise<readonly Topic[]> {
  let query = db
    .selectFrom("topics")
    .where("account_id", "=", accountId)
    .where("region", "=", region);
  if (fromArn !== undefined) {
    query = query.where("topic_arn", ">=", fromArn);
  }
  const rows = await query.selectAll().orderBy("topic_arn").limit(limit).execute();
  return rows.map(topicOfRow);
}

async function updateTopic(
  { db }: SqlContext,
  topicArn: TopicArn,
  change: Parameters<TopicStore["update"]>[1],
): Promise<void> {
  await db
    .updateTable("topics")
    .set({ display_name: change.displayName, signature_version: change.signatureVersion })
    .where("topic_arn", "=", topicArn)
    .execute();
}

async function removeTopic({ db }: SqlContext, topicArn: TopicArn): Promise<void> {
  await db
    .deleteFrom("deliveries")
    .where("subscription_arn", "in", (eb) =>
      eb.selectFrom("subscriptions").where("topic_arn", "=", topicArn).select("subscription_arn"),
    )
    .execute();
  await db.deleteFrom("subscriptions").where("topic_arn", "=", topicArn).execute();
  await db.deleteFrom("topics").where("topic_arn", "=", topicArn).execute();
}

function topicOfRow(row: Selectable<TopicsTable>): Topic {
  return {
    // Only a topic's own ARN and account ever went into these columns.
    topicArn: row.topic_arn as TopicArn,
    accountId: row.account_id as AccountId,
    region: row.region,
    name: row.topic_name,
    displayName: row.display_name,
    signatureVersion: row.signature_version,
    createdAtMs: row.created_at_ms,
  };
}
