/** Topics of the built-in notification service, and who is subscribed to them. */
import type { AccountId, Brand } from "./ids.ts";
import { findAccountId } from "./ids.ts";
import { TOPIC_NAME_MAX_CHARACTERS } from "./limits.ts";

export type TopicArn = Brand<"TopicArn">;
export type SubscriptionArn = Brand<"SubscriptionArn">;

/** How messages are signed: 1 is SHA1withRSA, 2 SHA256withRSA. */
export type SignatureVersion = "1" | "2";

export interface Topic {
  readonly topicArn: TopicArn;
  readonly accountId: AccountId;
  readonly region: string;
  readonly name: string;
  readonly displayName: string;
  readonly signatureVersion: SignatureVersion;
  readonly createdAtMs: number;
}

export type SubscriptionProtocol = "http" | "https" | "sqs";

export interface Subscription {
  readonly subscriptionArn: SubscriptionArn;
  readonly topicArn: TopicArn;
  /** The account that subscribed, which is the topic's own. */
  readonly accountId: AccountId;
  readonly region: string;
  readonly protocol: SubscriptionProtocol;
  /** A URL, or the ARN of a queue. */
  readonly endpoint: string;
  /** The message alone is delivered, without the JSON around it. */
  readonly isRaw: boolean;
  /** Only its owner may end it, not whoever knows its ARN. */
  readonly isGuarded: boolean;
  /**
   * `http://host:port` or `https://…` under which the subscriber reached the service: links in messages begin
   * with it.
   */
  readonly serviceEndpoint: string;
  /** Proves that the endpoint received the confirmation message. */
  readonly token: string;
  readonly createdAtMs: number;
  /** `undefined` while the endpoint has not confirmed. */
  readonly confirmedAtMs: number | undefined;
}

/** The parts of a topic's ARN. */
export interface TopicKey {
  readonly accountId: AccountId;
  readonly region: string;
  readonly name: string;
}

export function formatTopicArn({ accountId, region, name }: TopicKey): TopicArn {
  // The brand says that the text has an ARN's form, which this line makes.
  return `arn:aws:sns:${region}:${accountId}:${name}` as TopicArn;
}

/** The topic that `text` names, or `undefined` when it is not the ARN of a topic. */
export function findTopicKey(text: string): TopicKey | undefined {
  const match = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):(\d{12}):([^:]+)$/.exec(text);
  const accountId = findAccountId(match?.[2] ?? "");
  const [, region, , name] = match ?? [];
  return accountId === undefined || region === undefined || !isTopicName(name ?? "")
    ? undefined
    : { accountId, region, name: name ?? "" };
}

/** Whether a topic may have this name: 1–256 of `A-Za-z0-9_-` (SNS, CreateTopic). */
export function isTopicName(text: string): boolean {
  return text.length <= TOPIC_NAME_MAX_CHARACTERS && /^[A-Za-z0-9_-]+$/.test(text);
}

/** The topic's ARN in a subscription's, or `undefined` when the text has another form. */
export function findTopicArnOfSubscription(text: string): string | undefined {
  return /^(arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+):[0-9a-f-]{36}$/.exec(text)?.[1];
}

/** An endpoint as it is shown: the password of a URL is hidden. */
export function maskPassword(endpoint: string): string {
  return endpoint.replace(/^(https?:\/\/[^/?#@]*:)[^/?#]*@/i, "$1****@");
}
