import type { SqsAction } from "../../protocol/query/sqs.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getQueue } from "../queue-url.ts";

/** Removes a queue with its messages. */
export const deleteQueue: ManagementHandler<SqsAction<"DeleteQueue">> = async (
  input,
  call,
  { metadata, messaging },
) => {
  const queueId = await metadata.transaction(async (session) => {
    const queue = await getQueue(session.queues, input.QueueUrl, call);
    await session.queues.remove(queue.queueId);
    return queue.queueId;
  });
  messaging.queueWaiters.notify(queueId);
  return undefined;
};
