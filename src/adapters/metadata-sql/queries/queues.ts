/** Queues; their messages are in `queue-messages.ts`. */
import type { Selectable } from "kysely";
import type { AccountId } from "../../../domain/ids.ts";
import type { Queue, QueueAttributes, QueueKey } from "../../../domain/queue.ts";
import type { QueueStore } from "../../../ports/queue-store.ts";
import type { SqlContext } from "../schema.ts";
import type { QueuesTable } from "../topic-tables.ts";
import {
  countQueueMessages,
  deleteQueueMessage,
  receiveQueueMessages,
  removeExpiredMessages,
  sendQueueMessage,
} from "./queue-messages.ts";

export function makeQueueStore(context: SqlContext): QueueStore {
  return {
    insert: (queue) => insertQueue(context, queue),
    find: (key) => findQueue(context, key),
    listPage: (page) => listQueuePage(context, page),
    setAttributes: (...change) => setAttributes(context, ...change),
    remove: (queueId) => removeQueue(context, queueId),
    send: (queueId, message) => sendQueueMessage(context, queueId, message),
    receive: (queueId, receipt) => receiveQueueMessages(context, queueId, receipt),
    deleteMessage: (queueId, messageNumber, receiptToken) =>
      deleteQueueMessage(context, { queueId, messageNumber, receiptToken }),
    count: (queueId, nowMs) => countQueueMessages(context, queueId, nowMs),
    removeExpired: (nowMs, limit) => removeExpiredMessages(context, nowMs, limit),
  };
}

async function insertQueue(
  { db }: SqlContext,
  queue: Parameters<QueueStore["insert"]>[0],
): Promise<Queue> {
  const row = await db
    .insertInto("queues")
    .values({
      account_id: queue.accountId,
      region: queue.region,
      queue_name: queue.name,
      created_at_ms: queue.createdAtMs,
      modified_at_ms: queue.createdAtMs,
      attributes: JSON.stringify(queue.attributes),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return queueOfRow(row);
}

async function findQueue({ db }: SqlContext, key: QueueKey): Promise<Queue | undefined> {
  const row = await db
    .selectFrom("queues")
    .where("account_id", "=", key.accountId)
    .where("region", "=", key.region)
    .where("queue_name", "=", key.name)
    .selectAll()
    .executeTakeFirst();
  return row && queueOfRow(row);
}

async function listQueuePage(
  { db }: SqlContext,
  { accountId, region, prefix, fromName, limit }: Parameters<QueueStore["listPage"]>[0],
): Promise<readonly Queue[]> {
  const first = [prefix, fromName ?? ""].sort().at(-1) ?? "";
  const rows = await db
    .selectFrom("queues")
    .where("account_id", "=", accountId)
    .where("region", "=", region)
    .where("queue_name", ">=", first)
    // No name holds a character beyond ASCII, so this one sorts after all names with the prefix.
    .where("queue_name", "<", `${prefix}\u{7f}`)
    .selectAll()
    .orderBy("queue_name")
    .limit(limit)
    .execute();
  return rows.map(queueOfRow);
}

async function setAttributes(
  { db }: SqlContext,
  ...[queueId, attributes, modifiedAtMs]: Parameters<QueueStore["setAttributes"]>
): Promise<void> {
  await db
    .updateTable("queues")
    .set({ attributes: JSON.stringify(attributes), modified_at_ms: modifiedAtMs })
    .where("queue_id", "=", queueId)
    .execute();
}

async function removeQueue({ db }: SqlContext, queueId: number): Promise<void> {
  await db.deleteFrom("queue_messages").where("queue_id", "=", queueId).execute();
  await db.deleteFrom("queues").where("queue_id", "=", queueId).execute();
}

function queueOfRow(row: Selectable<QueuesTable>): Queue {
  return {
    queueId: row.queue_id,
    // Only an account id ever went into the column, and only attributes into theirs.
    accountId: row.account_id as AccountId,
    region: row.region,
    name: row.queue_name,
    createdAtMs: row.created_at_ms,
    modifiedAtMs: row.modified_at_ms,
    attributes: JSON.parse(row.attributes) as QueueAttributes,
  };
}
