/** Topics and their subscriptions, as the metadata keeps them. */
import type { AccountId } from "../domain/ids.ts";
import type {
  SignatureVersion,
  Subscription,
  SubscriptionArn,
  Topic,
  TopicArn,
} from "../domain/topic.ts";

interface Owner {
  readonly accountId: AccountId;
  readonly region: string;
}

export interface TopicStore {
  /** Adds a topic; false when there is one of that ARN, which then stays as it is. */
  insert(topic: Topic): Promise<boolean>;
  find(topicArn: string): Promise<Topic | undefined>;
  /** In the order of ARNs, from `fromArn` (inclusive) on. */
  listPage(
    page: Owner & { readonly fromArn: string | undefined; readonly limit: number },
  ): Promise<readonly Topic[]>;
  update(
    topicArn: TopicArn,
    change: { readonly displayName: string; readonly signatureVersion: SignatureVersion },
  ): Promise<void>;
  /** Removes the topic with its subscriptions and what was still to be delivered to them. */
  remove(topicArn: TopicArn): Promise<void>;
}

export interface SubscriptionStore {
  insert(subscription: Subscription): Promise<void>;
  find(subscriptionArn: string): Promise<Subscription | undefined>;
  /** The subscription of this endpoint to the topic, pending or confirmed. */
  findByEndpoint(
    key: Pick<Subscription, "topicArn" | "protocol" | "endpoint">,
  ): Promise<Subscription | undefined>;
  findByToken(topicArn: string, token: string): Promise<Subscription | undefined>;
  /** In the order of ARNs, from `fromArn` (inclusive) on: an account's, or those of one topic. */
  listPage(page: {
    readonly of: Owner | { readonly topicArn: TopicArn };
    readonly fromArn: string | undefined;
    readonly limit: number;
  }): Promise<readonly Subscription[]>;
  /** All that get the topic's messages. */
  listConfirmed(topicArn: TopicArn): Promise<readonly Subscription[]>;
  count(topicArn: TopicArn): Promise<{ readonly confirmed: number; readonly pending: number }>;
  confirm(
    subscriptionArn: SubscriptionArn,
    confirmation: { readonly confirmedAtMs: number; readonly isGuarded: boolean },
  ): Promise<void>;
  setRaw(subscriptionArn: SubscriptionArn, isRaw: boolean): Promise<void>;
  /** Removes the subscription and what was still to be delivered to it. */
  remove(subscriptionArn: SubscriptionArn): Promise<void>;
  /** Forgets subscriptions that nobody confirmed since `beforeMs`; returns how many. */
  removePendingSince(beforeMs: number): Promise<number>;
}
