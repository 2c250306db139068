/**
 * Hands a message of the outbox to its topic. Everything a topic does with it happens in one transaction: the
 * message leaves the outbox, goes into the queues that are subscribed, and becomes one delivery for each URL.
 * A crash leaves either the message or all of that.
 */
import type { NewDelivery, OutboxMessage } from "../../domain/notification.ts";
import { findQueueKey, type Queue } from "../../domain/queue.ts";
import type { Subscription, Topic } from "../../domain/topic.ts";
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { formatNotification, type SignedNotification, signNotification } from "./message-json.ts";
import type { NotifyServices } from "./notify-services.ts";

/** Does nothing when the message was handed over already. */
export async function fanOut(services: NotifyServices, message: OutboxMessage): Promise<void> {
  const { metadata, publisher, queueWaiters } = services;
  if (publisher !== undefined) {
    await metadata.transaction(async (session) => {
      if (await session.outbox.remove(message.messageId)) {
        await session.deliveries.insert(buildForeignDelivery(message));
      }
    });
    return;
  }
  const topic = await findTopic(services, message);
  // Signed before the transaction, which others wait for.
  const notification = topic && (await sign(services, message, topic));
  const queues = await metadata.transaction(async (session) =>
    (await session.outbox.remove(message.messageId)) && topic && notification
      ? await distribute(session, services, { message, topic, notification })
      : [],
  );
  for (const queue of queues) {
    queueWaiters.notify(queue.queueId);
  }
}

/** The topic, if it exists and belongs to the account on whose behalf the message is published. */
async function findTopic(
  { metadata, logger }: NotifyServices,
  { messageId, topicArn, accountId }: OutboxMessage,
): Promise<Topic | undefined> {
  const topic = await metadata.topics.find(topicArn);
  if (topic === undefined) {
    logger.warn({ messageId, topicArn }, "a notification was dropped: its topic does not exist");
    return undefined;
  }
  if (topic.accountId !== accountId) {
    const fields = { messageId, topicArn, accountId };
    logger.warn(fields, "a notification was dropped: its topic belongs to another account");
    return undefined;
  }
  return topic;
}

async function sign(
  { signer }: NotifyServices,
  message: OutboxMessage,
  topic: Topic,
): Promise<SignedNotification> {
  return signNotification(message, topic.signatureVersion, await signer.identity());
}

interface Distribution {
  readonly message: OutboxMessage;
  readonly topic: Topic;
  readonly notification: SignedNotification;
}

/** The queues that got the message. */
async function distribute(
  session: MetadataSession,
  services: NotifyServices,
  { message, topic, notification }: Distribution,
): Promise<readonly Queue[]> {
  const queues: Queue[] = [];
  for (const subscription of await session.subscriptions.listConfirmed(topic.topicArn)) {
    const body = subscription.isRaw ? message.text : formatNotification(notification, subscription);
    if (subscription.protocol === "sqs") {
      const queue = await sendToQueue(session, services, subscription, body);
      queues.push(...(queue === undefined ? [] : [queue]));
    } else {
      await session.deliveries.insert(
        buildDelivery(message, subscription, body, services.clock.nowMs()),
      );
    }
  }
  return queues;
}

/** The queue, or `undefined` when it is gone. */
async function sendToQueue(
  session: MetadataSession,
  { clock, ids, logger }: NotifyServices,
  { endpoint, subscriptionArn, topicArn }: Subscription,
  body: string,
): Promise<Queue | undefined> {
  const key = findQueueKey(endpoint);
  const queue = key && (await session.queues.find(key));
  if (queue === undefined) {
    logger.warn({ topicArn, subscriptionArn, endpoint }, "a subscribed queue does not exist");
    return undefined;
  }
  const { delaySeconds, messageRetentionSeconds } = queue.attributes;
  const sentAtMs = clock.nowMs();
  await session.queues.send(queue.queueId, {
    messageId: ids.uuid(),
    body,
    senderId: queue.accountId,
    sentAtMs,
    visibleAtMs: sentAtMs + delaySeconds * 1000,
    expiresAtMs: sentAtMs + messageRetentionSeconds * 1000,
  });
  return queue;
}

function buildDelivery(
  message: OutboxMessage,
  subscription: Subscription,
  body: string,
  createdAtMs: number,
): NewDelivery {
  return {
    target: { kind: "Http", url: subscription.endpoint },
    messageType: "Notification",
    messageId: message.messageId,
    topicArn: message.topicArn,
    subscriptionArn: subscription.subscriptionArn,
    subject: message.subject,
    isRaw: subscription.isRaw,
    body,
    createdAtMs,
  };
}

function buildForeignDelivery(message: OutboxMessage): NewDelivery {
  return {
    target: { kind: "Topic", topicArn: message.topicArn },
    messageType: "Notification",
    messageId: message.messageId,
    topicArn: message.topicArn,
    subscriptionArn: undefined,
    subject: message.subject,
    isRaw: true,
    body: message.text,
    createdAtMs: message.publishedAtMs,
  };
}
