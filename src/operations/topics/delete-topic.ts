import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { checkTopicArn } from "../owned-topic.ts";

/** Removes a topic with its subscriptions; no error when there is none. */
export const deleteTopic: ManagementHandler<SnsAction<"DeleteTopic">> = async (
  input,
  call,
  { metadata },
) => {
  const topicArn = checkTopicArn(input.TopicArn, "DeleteTopic", call);
  await metadata.transaction(async (session) => {
    const topic = await session.topics.find(topicArn);
    if (topic !== undefined) {
      await session.topics.remove(topic.topicArn);
    }
  });
  return undefined;
};
