/** Messages on their way to topics, and to those who subscribed. */
import type { AccountId } from "./ids.ts";

/** A message that waits to be handed to its topic. */
export interface OutboxMessage {
  /** A UUID, the same for every receiver. */
  readonly messageId: string;
  /** On whose behalf it is published. */
  readonly accountId: AccountId;
  /** Well formed; whether the topic exists is found out when the message is handed over. */
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly text: string;
  readonly publishedAtMs: number;
}

/** Where a delivery goes: to a subscriber's URL, or to a topic of another service. */
export type DeliveryTarget =
  | { readonly kind: "Http"; readonly url: string }
  | { readonly kind: "Topic"; readonly topicArn: string };

/** `x-amz-sns-message-type`. */
export type MessageType = "Notification" | "SubscriptionConfirmation";

/** A message for one receiver, finished to the byte so that every attempt sends the same. */
export interface NewDelivery {
  readonly target: DeliveryTarget;
  readonly messageType: MessageType;
  readonly messageId: string;
  readonly topicArn: string;
  /** `undefined` for a topic of another service. */
  readonly subscriptionArn: string | undefined;
  readonly subject: string | undefined;
  readonly isRaw: boolean;
  readonly body: string;
  readonly createdAtMs: number;
}

export interface Delivery extends NewDelivery {
  readonly deliveryId: number;
  /** Failed attempts so far. */
  readonly attempts: number;
}

/** What shares the fate of one receiver: attempts in one lane never keep those of another waiting. */
export function laneOfTarget(target: DeliveryTarget): string {
  return target.kind === "Http" ? new URL(target.url).origin : target.topicArn;
}
