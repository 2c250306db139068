import { QUEUES_PAGE_MAX } from "../../domain/limits.ts";
import { splitPage } from "../../domain/pagination.ts";
import { formatNameMarker, parseNameMarker } from "../../protocol/query/name-marker.ts";
import type { SqsAction } from "../../protocol/query/sqs.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { parseQueueInteger } from "../queue-integer.ts";
import { formatQueueUrl } from "../queue-url.ts";

/** The account's queues in the region by name; up to 1 000 without `MaxResults`. */
export const listQueues: ManagementHandler<SqsAction<"ListQueues">> = async (
  input,
  call,
  { metadata },
) => {
  const limit = parseQueueInteger(input.MaxResults, {
    name: "MaxResults",
    min: 1,
    max: QUEUES_PAGE_MAX,
    otherwise: QUEUES_PAGE_MAX,
  });
  const { accountId, region } = call;
  const queues = await metadata.queues.listPage({
    accountId,
    region,
    prefix: input.QueueNamePrefix ?? "",
    fromName: parseNameMarker(input.NextToken),
    limit: limit + 1,
  });
  const { items, next } = splitPage(queues, limit);
  // Without MaxResults, clients expect no token (SQS, ListQueues).
  const isPaged = input.MaxResults !== undefined && next !== undefined;
  return {
    QueueUrls: items.map((queue) => formatQueueUrl(queue, call)),
    NextToken: isPaged ? formatNameMarker(next.name) : null,
  };
};
