import {
  RECEIVE_MESSAGES_MAX,
  RECEIVE_WAIT_MAX_SECONDS,
  VISIBILITY_TIMEOUT_MAX_SECONDS,
} from "../../domain/limits.ts";
import type { Queue, ReceivedMessage } from "../../domain/queue.ts";
import type { ActionInput } from "../../protocol/query/query-service.ts";
import type { SqsAction } from "../../protocol/query/sqs.ts";
import { formatHex, utf8Bytes } from "../../std/bytes.ts";
import type { MessagingServices, Services } from "../handler.ts";
import type { ManagementHandler } from "../management-handler.ts";
import { parseQueueInteger } from "../queue-integer.ts";
import { getQueue } from "../queue-url.ts";
import { formatReceiptHandle } from "../receipt-handle.ts";

/** While it waits, a receiver looks by itself so often: messages also come back when a timeout ends. */
const LOOK_AGAIN_MS = 1_000;

type Input = ActionInput<SqsAction<"ReceiveMessage">>;

/** Up to ten messages, hidden from others for the visibility timeout; waits for the first when asked to. */
export const receiveMessage: ManagementHandler<SqsAction<"ReceiveMessage">> = async (
  input,
  call,
  services,
) => {
  const queue = await getQueue(services.metadata.queues, input.QueueUrl, call);
  const messages = await awaitMessages(queue, parseWish(input, queue), services);
  const named = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  return {
    Messages:
      messages.length === 0
        ? null
        : messages.map((message) => renderMessage(message, named, services.messaging)),
  };
};

interface Wish {
  readonly limit: number;
  readonly waitMs: number;
  readonly hiddenMs: number;
}

function parseWish(input: Input, { attributes }: Queue): Wish {
  const limit = parseQueueInteger(input.MaxNumberOfMessages, {
    name: "MaxNumberOfMessages",
    min: 1,
    max: RECEIVE_MESSAGES_MAX,
    otherwise: 1,
  });
  const waitSeconds = parseQueueInteger(input.WaitTimeSeconds, {
    name: "WaitTimeSeconds",
    min: 0,
    max: RECEIVE_WAIT_MAX_SECONDS,
    otherwise: attributes.receiveWaitSeconds,
  });
  const hiddenSeconds = parseQueueInteger(input.VisibilityTimeout, {
    name: "VisibilityTimeout",
    min: 0,
    max: VISIBILITY_TIMEOUT_MAX_SECONDS,
    otherwise: attributes.visibilityTimeoutSeconds,
  });
  return { limit, waitMs: waitSeconds * 1000, hiddenMs: hiddenSeconds * 1000 };
}

/** Never longer than `waitMs`; ends early when the service stops. */
async function awaitMessages(
  { queueId }: Queue,
  { limit, waitMs, hiddenMs }: Wish,
  { metadata, clock, ids, messaging }: Services,
): Promise<readonly ReceivedMessage[]> {
  const { queueWaiters } = messaging;
  const untilMs = clock.nowMs() + waitMs;
  for (;;) {
    const nowMs = clock.nowMs();
    const messages = await metadata.queues.receive(queueId, {
      nowMs,
      hiddenUntilMs: nowMs + hiddenMs,
      receiptToken: ids.uuid(),
      limit,
    });
    const leftMs = untilMs - nowMs;
    if (messages.length > 0 || leftMs <= 0 || queueWaiters.isStopped()) {
      return messages;
    }
    await queueWaiters.wait(queueId, Math.min(leftMs, LOOK_AGAIN_MS));
  }
}

function renderMessage(
  message: ReceivedMessage,
  named: readonly string[],
  { md5 }: MessagingServices,
) {
  const attributes = [
    ["SenderId", message.senderId],
    ["SentTimestamp", String(message.sentAtMs)],
    ["ApproximateReceiveCount", String(message.receiveCount)],
    ["ApproximateFirstReceiveTimestamp", String(message.firstReceivedAtMs)],
  ] as const;
  const shown = attributes.filter(([name]) => named.includes("All") || named.includes(name));
  return {
    MessageId: message.messageId,
    ReceiptHandle: formatReceiptHandle(message),
    MD5OfBody: formatHex(md5(utf8Bytes(message.body))),
    Body: message.body,
    Attributes: shown.length === 0 ? null : new Map(shown),
  };
}
