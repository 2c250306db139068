/** Messages that wait to be handed to their topics. */
import type { Selectable } from "kysely";
import type { AccountId } from "../../../domain/ids.ts";
import type { OutboxMessage } from "../../../domain/notification.ts";
import type { OutboxStore } from "../../../ports/outbox-store.ts";
import type { SqlContext } from "../schema.ts";
import type { OutboxTable } from "../topic-tables.ts";

export function makeOutboxStore(context: SqlContext): OutboxStore {
  return {
    insert: (message) => insertMessage(context, message),
    listWaiting: (options) => listWaiting(context, options),
    remove: (messageId) => removeMessage(context, messageId),
  };
}

async function insertMessage({ db }: SqlContext, message: OutboxMessage): Promise<void> {
  await db
    .insertInto("outbox")
    .values({
      message_id: message.messageId,
      account_id: message.accountId,
      topic_arn: message.topicArn,
      subject: message.subject ?? null,
      message: message.text,
      published_at_ms: message.publishedAtMs,
    })
    .execute();
}

async function listWaiting(
  { db }: SqlContext,
  { limit, skip }: Parameters<OutboxStore["listWaiting"]>[0],
): Promise<readonly OutboxMessage[]> {
  const rows = await db
    .selectFrom("outbox")
    .$if(skip.length > 0, (query) => query.where("message_id", "not in", skip))
    .selectAll()
    .orderBy("outbox_id")
    .limit(limit)
    .execute();
  return rows.map(messageOfRow);
}

async function removeMessage({ db }: SqlContext, messageId: string): Promise<boolean> {
  const result = await db
    .deleteFrom("outbox")
    .where("message_id", "=", messageId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

function messageOfRow(row: Selectable<OutboxTable>): OutboxMessage {
  return {
    messageId: row.message_id,
    // Only an account id ever went into the column.
    accountId: row.account_id as AccountId,
    topicArn: row.topic_arn,
    subject: row.subject ?? undefined,
    text: row.message,
    publishedAtMs: row.published_at_ms,
  };
}
