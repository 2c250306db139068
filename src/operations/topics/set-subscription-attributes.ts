import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getSubscription } from "../owned-topic.ts";
import { parseSubscriptionAttribute } from "../subscription-attributes.ts";

/** Sets `RawMessageDelivery`. */
export const setSubscriptionAttributes: ManagementHandler<
  SnsAction<"SetSubscriptionAttributes">
> = async (input, call, { metadata }) => {
  const { SubscriptionArn, AttributeName = "", AttributeValue = "" } = input;
  const isRaw = parseSubscriptionAttribute(AttributeName, AttributeValue);
  const action = "SetSubscriptionAttributes";
  const subscription = await getSubscription(metadata.subscriptions, SubscriptionArn, action, call);
  await metadata.subscriptions.setRaw(subscription.subscriptionArn, isRaw);
  return undefined;
};
