/** Topics, their outbox and deliveries, and queues. Never edited: a change of the schema is a new migration. */
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Capabilities } from "../capabilities.ts";
import { addIdentity, codePointText, createIndex, required } from "./table-parts.ts";

export function makeTopicsMigration(capabilities: Capabilities): Migration {
  return {
    up: async (db: Kysely<unknown>) => {
      await createOutbox(db, capabilities);
      await createTopics(db, capabilities);
      await createDeliveries(db, capabilities);
      await createQueues(db, capabilities);
    },
  };
}

async function createOutbox(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  await addIdentity(db.schema.createTable("outbox"), "outbox_id", capabilities)
    .addColumn("message_id", "text", (column) => column.notNull().unique())
    .addColumn("account_id", "text", required)
    .addColumn("topic_arn", "text", required)
    .addColumn("subject", "text")
    .addColumn("message", "text", required)
    .addColumn("published_at_ms", "bigint", required)
    .execute();
}

async function createTopics(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  const arnType = codePointText(capabilities);
  await db.schema
    .createTable("topics")
    .addColumn("topic_arn", arnType, (column) => column.notNull().primaryKey())
    .addColumn("account_id", "text", required)
    .addColumn("region", "text", required)
    .addColumn("topic_name", "text", required)
    .addColumn("display_name", "text", required)
    .addColumn("signature_version", "text", required)
    .addColumn("created_at_ms", "bigint", required)
    .execute();
  await createIndex(db, "topics_by_owner", "topics", ["account_id", "region", "topic_arn"]);
  await db.schema
    .createTable("subscriptions")
    .addColumn("subscription_arn", arnType, (column) => column.notNull().primaryKey())
    .addColumn("topic_arn", arnType, (column) => column.notNull().references("topics.topic_arn"))
    .addColumn("account_id", "text", required)
    .addColumn("region", "text", required)
    .addColumn("protocol", "text", required)
    .addColumn("endpoint", "text", required)
    .addColumn("is_raw", "integer", required)
    .addColumn("is_guarded", "integer", required)
    .addColumn("service_endpoint", "text", required)
    .addColumn("token", "text", required)
    .addColumn("created_at_ms", "bigint", required)
    .addColumn("confirmed_at_ms", "bigint")
    .addUniqueConstraint("subscriptions_by_endpoint", ["topic_arn", "protocol", "endpoint"])
    .execute();
  const byOwner = ["account_id", "region", "subscription_arn"];
  await createIndex(db, "subscriptions_by_owner", "subscriptions", byOwner);
  await createIndex(db, "subscriptions_by_confirmation", "subscriptions", [
    "confirmed_at_ms",
    "created_at_ms",
  ]);
}

async function createDeliveries(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  await addIdentity(db.schema.createTable("deliveries"), "delivery_id", capabilities)
    .addColumn("target_kind", "text", required)
    .addColumn("target", "text", required)
    .addColumn("lane", "text", required)
    .addColumn("message_type", "text", required)
    .addColumn("message_id", "text", required)
    .addColumn("topic_arn", "text", required)
    .addColumn("subscription_arn", "text")
    .addColumn("subject", "text")
    .addColumn("is_raw", "integer", required)
    .addColumn("created_at_ms", "bigint", required)
    .addColumn("claimable_at_ms", "bigint", required)
    .addColumn("lease_owner", "text")
    .addColumn("attempts", "integer", required)
    .addColumn("body", "text", required)
    .execute();
  const order = ["claimable_at_ms", "delivery_id", "lane"];
  await createIndex(db, "deliveries_by_claimable", "deliveries", order);
  await createIndex(db, "deliveries_by_creation", "deliveries", ["created_at_ms"]);
  await createIndex(db, "deliveries_by_subscription", "deliveries", ["subscription_arn"]);
}

async function createQueues(db: Kysely<unknown>, capabilities: Capabilities): Promise<void> {
  await addIdentity(db.schema.createTable("queues"), "queue_id", capabilities)
    .addColumn("account_id", "text", required)
    .addColumn("region", "text", required)
    .addColumn("queue_name", codePointText(capabilities), required)
    .addColumn("created_at_ms", "bigint", required)
    .addColumn("modified_at_ms", "bigint", required)
    .addColumn("attributes", "text", required)
    .addUniqueConstraint("queues_by_key", ["account_id", "region", "queue_name"])
    .execute();
  await addIdentity(db.schema.createTable("queue_messages"), "message_number", capabilities)
    .addColumn("queue_id", "bigint", (column) => column.notNull().references("queues.queue_id"))
    .addColumn("message_id", "text", required)
    .addColumn("sender_id", "text", required)
    .addColumn("sent_at_ms", "bigint", required)
    .addColumn("visible_at_ms", "bigint", required)
    .addColumn("expires_at_ms", "bigint", required)
    .addColumn("receipt_token", "text")
    .addColumn("receive_count", "integer", required)
    .addColumn("first_received_at_ms", "bigint")
    .addColumn("body", "text", required)
    .execute();
  const order = ["queue_id", "visible_at_ms", "message_number"];
  await createIndex(db, "queue_messages_by_visibility", "queue_messages", order);
  await createIndex(db, "queue_messages_by_expiry", "queue_messages", ["expires_at_ms"]);
}
