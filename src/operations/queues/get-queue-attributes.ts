import { formatQueueArn, type Queue } from "../../domain/queue.ts";
import type { QueueCounts } from "../../ports/queue-store.ts";
import type { SqsAction } from "../../protocol/query/sqs.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { listQueueAttributes, unknownAttribute } from "../queue-attributes.ts";
import { getQueue } from "../queue-url.ts";

/** The attributes named, or `All`; none when none is named. */
export const getQueueAttributes: ManagementHandler<SqsAction<"GetQueueAttributes">> = async (
  input,
  call,
  { metadata, clock },
) => {
  const queue = await getQueue(metadata.queues, input.QueueUrl, call);
  const counts = await metadata.queues.count(queue.queueId, clock.nowMs());
  const all = new Map(listAll(queue, counts));
  const names = input.AttributeNames ?? [];
  if (names.includes("All")) {
    return { Attributes: all };
  }
  const unknown = names.find((name) => !all.has(name) && name !== "Policy");
  if (unknown !== undefined) {
    throw unknownAttribute(unknown);
  }
  return { Attributes: new Map([...all].filter(([name]) => names.includes(name))) };
};

function listAll(
  queue: Queue,
  counts: QueueCounts,
): readonly (readonly [name: string, value: string])[] {
  return [
    ["QueueArn", formatQueueArn(queue)],
    ["ApproximateNumberOfMessages", String(counts.visible)],
    ["ApproximateNumberOfMessagesNotVisible", String(counts.inFlight)],
    ["ApproximateNumberOfMessagesDelayed", String(counts.delayed)],
    ["CreatedTimestamp", formatSeconds(queue.createdAtMs)],
    ["LastModifiedTimestamp", formatSeconds(queue.modifiedAtMs)],
    ...listQueueAttributes(queue.attributes),
  ];
}

function formatSeconds(atMs: number): string {
  return String(Math.floor(atMs / 1000));
}
