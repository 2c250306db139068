import type { SqsAction } from "../../protocol/query/sqs.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { setQueueAttributes } from "../queue-attributes.ts";
import { getQueue } from "../queue-url.ts";

export const setAttributesOfQueue: ManagementHandler<SqsAction<"SetQueueAttributes">> = async (
  input,
  call,
  { metadata, clock },
) => {
  const named = input.Attributes ?? new Map<string, string>();
  await metadata.transaction(async (session) => {
    const queue = await getQueue(session.queues, input.QueueUrl, call);
    const attributes = setQueueAttributes(queue.attributes, named);
    await session.queues.setAttributes(queue.queueId, attributes, clock.nowMs());
  });
  return undefined;
};
