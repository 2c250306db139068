import { formatTopicArn, isTopicName } from "../../domain/topic.ts";
import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { setTopicAttribute, TOPIC_DEFAULTS, type TopicAttributes } from "../topic-attributes.ts";
import { invalidTopicParameter } from "../topic-errors.ts";

/** Makes a topic; a topic of that name with the same attributes is answered as it is. */
export const createTopic: ManagementHandler<SnsAction<"CreateTopic">> = async (
  input,
  { accountId, region },
  { metadata, clock },
) => {
  const name = input.Name ?? "";
  if (!isTopicName(name)) {
    throw invalidTopicParameter("Topic Name");
  }
  if ((input.Tags ?? []).length > 0) {
    throw invalidTopicParameter("Tags Reason: Topics have no tags here");
  }
  const attributes = [...(input.Attributes ?? [])].reduce<TopicAttributes>(
    (sum, [attribute, value]) => setTopicAttribute(sum, attribute, value),
    TOPIC_DEFAULTS,
  );
  const topicArn = formatTopicArn({ accountId, region, name });
  const topic = { topicArn, accountId, region, name, ...attributes, createdAtMs: clock.nowMs() };
  if (!(await metadata.topics.insert(topic))) {
    const existing = await metadata.topics.find(topicArn);
    const named = [...(input.Attributes?.keys() ?? [])];
    if (existing !== undefined && !haveSame(existing, attributes, named)) {
      throw invalidTopicParameter(
        "Attributes Reason: Topic already exists with different attributes",
      );
    }
  }
  return { TopicArn: topicArn };
};

function haveSame(
  left: TopicAttributes,
  right: TopicAttributes,
  named: readonly string[],
): boolean {
  return (
    (!named.includes("DisplayName") || left.displayName === right.displayName) &&
    (!named.includes("SignatureVersion") || left.signatureVersion === right.signatureVersion)
  );
}
