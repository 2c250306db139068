/** One attempt to deliver, and what becomes of the delivery afterwards. */
import type { Delivery } from "../../domain/notification.ts";
import { assertNever } from "../../std/assert.ts";
import { decideDelayMs } from "./decide-delay.ts";
import type { NotifyServices } from "./notify-services.ts";

/** The answer of a subscriber that did not take the message. */
class NotTaken extends Error {
  override readonly name = "NotTaken";
}

/**
 * Tries the delivery that `owner` has leased and records the outcome; `signal` ends the attempt, which then does
 * not count. Between the receiver's answer and its record a crash makes the message arrive twice, never not at
 * all. Rejects with errors of the database.
 */
export async function deliver(
  services: NotifyServices,
  delivery: Delivery,
  owner: string,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, clock, logger } = services;
  const { deliveryId } = delivery;
  try {
    await send(services, delivery, signal);
  } catch (error) {
    if (signal.aborted) {
      const { attempts } = delivery;
      await metadata.deliveries.postpone(deliveryId, owner, { dueAtMs: clock.nowMs(), attempts });
    } else {
      await recordFailure(services, delivery, owner, error);
    }
    return;
  }
  await metadata.deliveries.finish(deliveryId, owner);
  logger.info(describe(delivery), "a notification was delivered");
}

async function send(
  { sender, publisher }: NotifyServices,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  const { target, body, subject } = delivery;
  switch (target.kind) {
    case "Http": {
      const status = await sender.post(
        target.url,
        { headers: listHeaders(delivery), body },
        signal,
      );
      if (status < 200 || status > 299) {
        throw new NotTaken(`the endpoint answered ${status}`);
      }
      return;
    }
    case "Topic":
      if (publisher === undefined) {
        throw new NotTaken("no sns-endpoint is set any more");
      }
      await publisher.publish({ topicArn: target.topicArn, subject, text: body }, signal);
      return;
    default:
      assertNever(target);
  }
}

async function recordFailure(
  { metadata, clock, logger }: NotifyServices,
  delivery: Delivery,
  owner: string,
  error: unknown,
): Promise<void> {
  const attempts = delivery.attempts + 1;
  const nowMs = clock.nowMs();
  const delayMs = decideDelayMs({ attempts, ageMs: nowMs - delivery.createdAtMs });
  const fields = { ...describe(delivery), attempts, reason: String(error) };
  if (delayMs === undefined) {
    await metadata.deliveries.finish(delivery.deliveryId, owner);
    logger.error(fields, "a notification was given up");
    return;
  }
  const dueAtMs = nowMs + delayMs;
  await metadata.deliveries.postpone(delivery.deliveryId, owner, { dueAtMs, attempts });
  logger.warn({ ...fields, delayMs }, "a notification could not be delivered");
}

/** What logs say of a delivery: never the message, nor the token that it may hold. */
function describe({ messageId, messageType, topicArn, target }: Delivery): object {
  const to = target.kind === "Http" ? new URL(target.url).origin : target.topicArn;
  return { messageId, messageType, topicArn, to };
}

/** The headers that SNS sends (SNS, "HTTP/HTTPS headers"). */
function listHeaders(delivery: Delivery): readonly (readonly [name: string, value: string])[] {
  const { messageType, messageId, topicArn, subscriptionArn, isRaw } = delivery;
  return [
    ["x-amz-sns-message-type", messageType],
    ["x-amz-sns-message-id", messageId],
    ["x-amz-sns-topic-arn", topicArn],
    ...(messageType === "Notification" && subscriptionArn !== undefined
      ? ([["x-amz-sns-subscription-arn", subscriptionArn]] as const)
      : []),
    ...(isRaw ? ([["x-amz-sns-rawdelivery", "true"]] as const) : []),
    ["Content-Type", "text/plain; charset=UTF-8"],
    ["User-Agent", "Amazon Simple Notification Service Agent"],
  ];
}
