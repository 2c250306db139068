import type { Queue } from "../../domain/queue.ts";
import type { ActionInput } from "../../protocol/query/query-service.ts";
import type { SqsAction } from "../../protocol/query/sqs.ts";
import { formatHex, utf8Bytes } from "../../std/bytes.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { invalidQueueParameter, missingQueueParameter } from "../queue-errors.ts";
import { parseQueueInteger } from "../queue-integer.ts";
import { getQueue } from "../queue-url.ts";

type Input = ActionInput<SqsAction<"SendMessage">>;

/** Puts a message into a queue and wakes who waits for it. */
export const sendMessage: ManagementHandler<SqsAction<"SendMessage">> = async (
  input,
  call,
  { metadata, clock, ids, messaging },
) => {
  const queue = await getQueue(metadata.queues, input.QueueUrl, call);
  const body = parseBody(input, queue);
  const delaySeconds = parseQueueInteger(input.DelaySeconds, {
    name: "DelaySeconds",
    min: 0,
    max: 900,
    otherwise: queue.attributes.delaySeconds,
  });
  const messageId = ids.uuid();
  const sentAtMs = clock.nowMs();
  await metadata.queues.send(queue.queueId, {
    messageId,
    body,
    senderId: call.accountId,
    sentAtMs,
    visibleAtMs: sentAtMs + delaySeconds * 1000,
    expiresAtMs: sentAtMs + queue.attributes.messageRetentionSeconds * 1000,
  });
  messaging.queueWaiters.notify(queue.queueId);
  return { MessageId: messageId, MD5OfMessageBody: formatHex(messaging.md5(utf8Bytes(body))) };
};

function parseBody({ MessageBody, MessageAttributes }: Input, { attributes }: Queue): string {
  if ((MessageAttributes?.size ?? 0) > 0) {
    throw invalidQueueParameter("Message attributes are not supported");
  }
  if (MessageBody === undefined || MessageBody === "") {
    throw missingQueueParameter("MessageBody");
  }
  if (utf8Bytes(MessageBody).length > attributes.maximumMessageBytes) {
    throw invalidQueueParameter(
      "One or more parameters are invalid. Reason: Message must be shorter than" +
        ` ${attributes.maximumMessageBytes} bytes.`,
    );
  }
  return MessageBody;
}
