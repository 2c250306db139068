import { TOPIC_PAGE_MAX } from "../../domain/limits.ts";
import { splitPage } from "../../domain/pagination.ts";
import { formatNameMarker } from "../../protocol/query/name-marker.ts";
import type { SnsAction } from "../../protocol/query/sns.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { parseNextToken } from "../subscription-page.ts";

/** The account's topics in the region, in the order of ARNs, 100 a page. */
export const listTopics: ManagementHandler<SnsAction<"ListTopics">> = async (
  input,
  { accountId, region },
  { metadata },
) => {
  const topics = await metadata.topics.listPage({
    accountId,
    region,
    fromArn: parseNextToken(input.NextToken),
    limit: TOPIC_PAGE_MAX + 1,
  });
  const { items, next } = splitPage(topics, TOPIC_PAGE_MAX);
  return {
    Topics: items.map(({ topicArn }) => ({ TopicArn: topicArn })),
    NextToken: next === undefined ? null : formatNameMarker(next.topicArn),
  };
};
