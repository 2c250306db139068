import type { SqsAction } from "../../protocol/query/sqs.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { missingQueueParameter, notQueueOwner } from "../queue-errors.ts";
import { formatQueueUrl, getQueue } from "../queue-url.ts";

export const getQueueUrl: ManagementHandler<SqsAction<"GetQueueUrl">> = async (
  input,
  call,
  { metadata },
) => {
  const { QueueName, QueueOwnerAWSAccountId = call.accountId } = input;
  if (QueueName === undefined) {
    throw missingQueueParameter("QueueName");
  }
  if (QueueOwnerAWSAccountId !== call.accountId) {
    throw notQueueOwner(QueueName);
  }
  const queue = await getQueue(metadata.queues, QueueName, call);
  return { QueueUrl: formatQueueUrl(queue, call) };
};
