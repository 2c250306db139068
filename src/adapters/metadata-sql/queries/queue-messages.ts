/** Messages in queues. */
import type { Selectable } from "kysely";
import type { NewQueueMessage, ReceivedMessage } from "../../../domain/queue.ts";
import type { QueueCounts, QueueStore } from "../../../ports/queue-store.ts";
import type { SqlContext } from "../schema.ts";
import type { QueueMessagesTable } from "../topic-tables.ts";

export async function sendQueueMessage(
  { db }: SqlContext,
  queueId: number,
  message: NewQueueMessage,
): Promise<void> {
  await db
    .insertInto("queue_messages")
    .values({
      queue_id: queueId,
      message_id: message.messageId,
      sender_id: message.senderId,
      sent_at_ms: message.sentAtMs,
      visible_at_ms: message.visibleAtMs,
      expires_at_ms: message.expiresAtMs,
      receive_count: 0,
      body: message.body,
    })
    .execute();
}

/** Must run in a transaction: what was read as visible is hidden row by row. */
export async function receiveQueueMessages(
  { db, capabilities }: SqlContext,
  queueId: number,
  receipt: Parameters<QueueStore["receive"]>[1],
): Promise<readonly ReceivedMessage[]> {
  const rows = await db
    .selectFrom("queue_messages")
    .where("queue_id", "=", queueId)
    .where("visible_at_ms", "<=", receipt.nowMs)
    .where("expires_at_ms", ">", receipt.nowMs)
    .selectAll()
    .orderBy("visible_at_ms")
    .orderBy("message_number")
    .limit(receipt.limit)
    .$if(capabilities.rowLocks, (query) => query.forUpdate().skipLocked())
    .execute();
  const received = rows.map((row) => receivedOfRow(row, receipt));
  for (const message of received) {
    await db
      .updateTable("queue_messages")
      .set({
        visible_at_ms: message.visibleAtMs,
        receipt_token: message.receiptToken,
        receive_count: message.receiveCount,
        first_received_at_ms: message.firstReceivedAtMs,
      })
      .where("message_number", "=", message.messageNumber)
      .execute();
  }
  return received;
}

export async function deleteQueueMessage(
  { db }: SqlContext,
  receipt: {
    readonly queueId: number;
    readonly messageNumber: number;
    readonly receiptToken: string;
  },
): Promise<void> {
  await db
    .deleteFrom("queue_messages")
    .where("message_number", "=", receipt.messageNumber)
    .where("queue_id", "=", receipt.queueId)
    .where("receipt_token", "=", receipt.receiptToken)
    .execute();
}

export async function countQueueMessages(
  { db }: SqlContext,
  queueId: number,
  nowMs: number,
): Promise<QueueCounts> {
  const rows = await db
    .selectFrom("queue_messages")
    .where("queue_id", "=", queueId)
    .where("expires_at_ms", ">", nowMs)
    .select((eb) => [
      eb("visible_at_ms", "<=", nowMs).as("visible"),
      eb("receive_count", ">", 0).as("received"),
      eb.fn.countAll<number>().as("messages"),
    ])
    .groupBy(["visible", "received"])
    .execute();
  const sum = (isOne: (row: (typeof rows)[number]) => boolean): number =>
    rows.filter(isOne).reduce((total, row) => total + Number(row.messages), 0);
  return {
    visible: sum((row) => Boolean(row.visible)),
    inFlight: sum((row) => !row.visible && Boolean(row.received)),
    delayed: sum((row) => !row.visible && !row.received),
  };
}

export async function removeExpiredMessages(
  { db }: SqlContext,
  nowMs: number,
  limit: number,
): Promise<number> {
  const result = await db
    .deleteFrom("queue_messages")
    .where("message_number", "in", (eb) =>
      eb
        .selectFrom("queue_messages")
        .where("expires_at_ms", "<=", nowMs)
        .select("message_number")
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

function receivedOfRow(
  row: Selectable<QueueMessagesTable>,
  receipt: Parameters<QueueStore["receive"]>[1],
): ReceivedMessage {
  return {
    messageNumber: row.message_number,
    messageId: row.message_id,
    body: row.body,
    senderId: row.sender_id,
    sentAtMs: row.sent_at_ms,
    expiresAtMs: row.expires_at_ms,
    visibleAtMs: receipt.hiddenUntilMs,
    receiptToken: receipt.receiptToken,
    receiveCount: row.receive_count + 1,
    firstReceivedAtMs: row.first_received_at_ms ?? receipt.nowMs,
  };
}
