import type { SqsAction } from "../../protocol/query/sqs.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { getQueue } from "../queue-url.ts";
import { parseReceiptHandle } from "../receipt-handle.ts";

/** Deletes a message for the receiver that got it last; a handle that is out of date changes nothing. */
export const deleteMessage: ManagementHandler<SqsAction<"DeleteMessage">> = async (
  input,
  call,
  { metadata },
) => {
  const { messageNumber, receiptToken } = parseReceiptHandle(input.ReceiptHandle);
  const queue = await getQueue(metadata.queues, input.QueueUrl, call);
  await metadata.queues.deleteMessage(queue.queueId, messageNumber, receiptToken);
  return undefined;
};
