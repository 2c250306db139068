/** Topics and subscriptions that a caller names by ARN. */
import {
  findTopicArnOfSubscription,
  findTopicKey,
  type Subscription,
  type Topic,
} from "../domain/topic.ts";
import type { SubscriptionStore, TopicStore } from "../ports/topic-store.ts";
import type { ManagementCall } from "./management-handler.ts";
import {
  invalidTopicParameter,
  notTopicOwner,
  subscriptionNotFound,
  topicNotFound,
} from "./topic-errors.ts";

/**
 * Checks that `topicArn` names a topic of the caller's account and region, which need not exist. Throws
 * `ManagementError` `InvalidParameter` or `AuthorizationError`.
 */
export function checkTopicArn(
  topicArn: string | undefined,
  action: string,
  call: ManagementCall,
): string {
  const key = findTopicKey(topicArn ?? "");
  if (topicArn === undefined || key === undefined) {
    throw invalidTopicParameter(`TopicArn Reason: An ARN of a topic is needed; got ${topicArn}`);
  }
  if (key.accountId !== call.accountId) {
    throw notTopicOwner(action, topicArn);
  }
  if (key.region !== call.region) {
    throw invalidTopicParameter(`TopicArn Reason: The topic is in ${key.region}`);
  }
  return topicArn;
}

/** The caller's topic. Throws like `checkTopicArn`, and `ManagementError` `NotFound`. */
export async function getTopic(
  topics: TopicStore,
  topicArn: string | undefined,
  action: string,
  call: ManagementCall,
): Promise<Topic> {
  const topic = await topics.find(checkTopicArn(topicArn, action, call));
  if (topic === undefined) {
    throw topicNotFound();
  }
  return topic;
}

/** The caller's subscription. Throws `ManagementError`. */
export async function getSubscription(
  subscriptions: SubscriptionStore,
  subscriptionArn: string | undefined,
  action: string,
  call: ManagementCall,
): Promise<Subscription> {
  const topicArn = findTopicArnOfSubscription(subscriptionArn ?? "");
  if (subscriptionArn === undefined || topicArn === undefined) {
    throw invalidTopicParameter(`SubscriptionArn Reason: got ${subscriptionArn}`);
  }
  checkTopicArn(topicArn, action, call);
  const subscription = await subscriptions.find(subscriptionArn);
  if (subscription === undefined) {
    throw subscriptionNotFound();
  }
  return subscription;
}
