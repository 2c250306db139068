/** Pages of topics and subscriptions. */
import { TOPIC_PAGE_MAX } from "../domain/limits.ts";
import { ManagementError } from "../domain/management-error.ts";
import { splitPage } from "../domain/pagination.ts";
import { maskPassword, type Subscription } from "../domain/topic.ts";
import type { SubscriptionStore } from "../ports/topic-store.ts";
import { formatNameMarker, parseNameMarker } from "../protocol/query/name-marker.ts";
import { invalidTopicParameter } from "./topic-errors.ts";

/** The ARN that the page begins with. Throws `ManagementError` `InvalidParameter`. */
export function parseNextToken(token: string | undefined): string | undefined {
  try {
    return parseNameMarker(token === "" ? undefined : token);
  } catch (error) {
    throw error instanceof ManagementError ? invalidTopicParameter("NextToken") : error;
  }
}

/** One page of subscriptions as both list actions answer it. */
export async function listSubscriptionPage(
  subscriptions: SubscriptionStore,
  of: Parameters<SubscriptionStore["listPage"]>[0]["of"],
  nextToken: string | undefined,
) {
  const page = await subscriptions.listPage({
    of,
    fromArn: parseNextToken(nextToken),
    limit: TOPIC_PAGE_MAX + 1,
  });
  const { items, next } = splitPage(page, TOPIC_PAGE_MAX);
  return {
    Subscriptions: items.map(renderSubscription),
    NextToken: next === undefined ? null : formatNameMarker(next.subscriptionArn),
  };
}

function renderSubscription(subscription: Subscription) {
  const isPending = subscription.confirmedAtMs === undefined;
  return {
    SubscriptionArn: isPending ? "PendingConfirmation" : subscription.subscriptionArn,
    Owner: subscription.accountId,
    Protocol: subscription.protocol,
    Endpoint: maskPassword(subscription.endpoint),
    TopicArn: subscription.topicArn,
  };
}
