/** The end and the confirmation of subscriptions by those who know their token or their ARN. */
import { findTopicKey, type Subscription } from "../domain/topic.ts";
import type { Services } from "./handler.ts";
import { invalidTopicParameter, notTopicOwner, topicNotFound } from "./topic-errors.ts";

/**
 * Confirms the subscription that the token belongs to; confirming again changes nothing. Whoever knows the
 * token may do so (SNS, ConfirmSubscription). Returns the subscription. Throws `ManagementError`.
 */
export async function confirmByToken(
  confirmation: {
    readonly topicArn: string | undefined;
    readonly token: string | undefined;
    readonly isGuarded: boolean;
  },
  { metadata, clock }: Pick<Services, "metadata" | "clock">,
): Promise<Subscription> {
  const { topicArn = "", token = "", isGuarded } = confirmation;
  if (findTopicKey(topicArn) === undefined) {
    throw invalidTopicParameter("TopicArn");
  }
  return await metadata.transaction(async (session) => {
    if ((await session.topics.find(topicArn)) === undefined) {
      throw topicNotFound();
    }
    const subscription = await session.subscriptions.findByToken(topicArn, token);
    if (subscription === undefined) {
      throw invalidTopicParameter("Token");
    }
    if (subscription.confirmedAtMs === undefined) {
      const confirmedAtMs = clock.nowMs();
      await session.subscriptions.confirm(subscription.subscriptionArn, {
        confirmedAtMs,
        isGuarded,
      });
    }
    return subscription;
  });
}

/**
 * Ends a subscription for whoever knows its ARN, which every message carries in its `UnsubscribeURL`, unless it
 * was confirmed with `AuthenticateOnUnsubscribe`. No error when it is gone. Throws `ManagementError`.
 */
export async function unsubscribeByArn(
  subscriptionArn: string | undefined,
  { metadata }: Pick<Services, "metadata">,
): Promise<void> {
  await metadata.transaction(async (session) => {
    const subscription = await session.subscriptions.find(subscriptionArn ?? "");
    if (subscription === undefined) {
      return;
    }
    if (subscription.isGuarded) {
      throw notTopicOwner("Unsubscribe", subscription.subscriptionArn);
    }
    await session.subscriptions.remove(subscription.subscriptionArn);
  });
}
