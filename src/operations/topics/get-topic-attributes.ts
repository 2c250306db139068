import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getTopic } from "../owned-topic.ts";

export const getTopicAttributes: ManagementHandler<SnsAction<"GetTopicAttributes">> = async (
  input,
  call,
  { metadata },
) => {
  const topic = await getTopic(metadata.topics, input.TopicArn, "GetTopicAttributes", call);
  const { confirmed, pending } = await metadata.subscriptions.count(topic.topicArn);
  return {
    Attributes: new Map([
      ["TopicArn", topic.topicArn],
      ["Owner", topic.accountId],
      ["DisplayName", topic.displayName],
      ["SignatureVersion", topic.signatureVersion],
      ["SubscriptionsConfirmed", String(confirmed)],
      ["SubscriptionsPending", String(pending)],
      ["SubscriptionsDeleted", "0"],
    ]),
  };
};
