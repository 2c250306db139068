import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getSubscription } from "../owned-topic.ts";

/** Ends a subscription; what was still to be delivered to it is not. */
export const unsubscribe: ManagementHandler<SnsAction<"Unsubscribe">> = async (
  input,
  call,
  { metadata },
) => {
  await metadata.transaction(async (session) => {
    const { subscriptions } = session;
    const { SubscriptionArn } = input;
    const subscription = await getSubscription(subscriptions, SubscriptionArn, "Unsubscribe", call);
    await subscriptions.remove(subscription.subscriptionArn);
  });
  return undefined;
};
