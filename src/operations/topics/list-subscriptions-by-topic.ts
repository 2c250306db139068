import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getTopic } from "../owned-topic.ts";
import { listSubscriptionPage } from "../subscription-page.ts";

/** The subscriptions of one topic, 100 a page. */
export const listSubscriptionsByTopic: ManagementHandler<
  SnsAction<"ListSubscriptionsByTopic">
> = async (input, call, { metadata }) => {
  const action = "ListSubscriptionsByTopic";
  const { topicArn } = await getTopic(metadata.topics, input.TopicArn, action, call);
  return await listSubscriptionPage(metadata.subscriptions, { topicArn }, input.NextToken);
};
