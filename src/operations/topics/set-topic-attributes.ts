import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getTopic } from "../owned-topic.ts";
import { setTopicAttribute } from "../topic-attributes.ts";

/** Sets `DisplayName` or `SignatureVersion`. */
export const setTopicAttributes: ManagementHandler<SnsAction<"SetTopicAttributes">> = async (
  input,
  call,
  { metadata },
) => {
  const { TopicArn, AttributeName = "", AttributeValue = "" } = input;
  await metadata.transaction(async (session) => {
    const topic = await getTopic(session.topics, TopicArn, "SetTopicAttributes", call);
    const { displayName, signatureVersion } = topic;
    const changed = setTopicAttribute(
      { displayName, signatureVersion },
      AttributeName,
      AttributeValue,
    );
    await session.topics.update(topic.topicArn, changed);
  });
  return undefined;
};
