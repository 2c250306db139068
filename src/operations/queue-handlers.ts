/** The handlers of `sqs`. */
import type { sqs } from "../protocol/query/sqs.ts";
import type { ManagementHandlers } from "./management-handler.ts";
import { createQueue } from "./queues/create-queue.ts";
import { deleteMessage } from "./queues/delete-message.ts";
import { deleteQueue } from "./queues/delete-queue.ts";
import { getQueueAttributes } from "./queues/get-queue-attributes.ts";
import { getQueueUrl } from "./queues/get-queue-url.ts";
import { listQueues } from "./queues/list-queues.ts";
import { receiveMessage } from "./queues/receive-message.ts";
import { sendMessage } from "./queues/send-message.ts";
import { setAttributesOfQueue } from "./queues/set-queue-attributes.ts";

/** In the order of the table. */
export const queueHandlers: ManagementHandlers<typeof sqs> = {
  CreateQueue: createQueue,
  GetQueueUrl: getQueueUrl,
  ListQueues: listQueues,
  GetQueueAttributes: getQueueAttributes,
  SetQueueAttributes: setAttributesOfQueue,
  SendMessage: sendMessage,
  ReceiveMessage: receiveMessage,
  DeleteMessage: deleteMessage,
  DeleteQueue: deleteQueue,
};
