import { maskPassword } from "../../domain/topic.ts";
import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getSubscription } from "../owned-topic.ts";

export const getSubscriptionAttributes: ManagementHandler<
  SnsAction<"GetSubscriptionAttributes">
> = async (input, call, { metadata }) => {
  const action = "GetSubscriptionAttributes";
  const { subscriptions } = metadata;
  const subscription = await getSubscription(subscriptions, input.SubscriptionArn, action, call);
  return {
    Attributes: new Map([
      ["SubscriptionArn", subscription.subscriptionArn],
      ["TopicArn", subscription.topicArn],
      ["Owner", subscription.accountId],
      ["Protocol", subscription.protocol],
      ["Endpoint", maskPassword(subscription.endpoint)],
      ["RawMessageDelivery", String(subscription.isRaw)],
      ["PendingConfirmation", String(subscription.confirmedAtMs === undefined)],
      ["ConfirmationWasAuthenticated", String(subscription.isGuarded)],
    ]),
  };
};
