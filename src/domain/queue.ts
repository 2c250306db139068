/** Queues: where a program waits for the messages of topics. */
import type { AccountId } from "./ids.ts";
import { findAccountId } from "./ids.ts";
import { QUEUE_NAME_MAX_CHARACTERS } from "./limits.ts";

export interface QueueKey {
  readonly accountId: AccountId;
  readonly region: string;
  readonly name: string;
}

export interface QueueAttributes {
  readonly delaySeconds: number;
  readonly maximumMessageBytes: number;
  readonly messageRetentionSeconds: number;
  readonly receiveWaitSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  /** Kept and shown, never evaluated: only topics and identities of the own account reach a queue. */
  readonly policy: string;
}

/** The defaults of SQS. */
export const QUEUE_DEFAULTS: QueueAttributes = {
  delaySeconds: 0,
  maximumMessageBytes: 262_144,
  messageRetentionSeconds: 4 * 24 * 60 * 60,
  receiveWaitSeconds: 0,
  visibilityTimeoutSeconds: 30,
  policy: "",
};

export interface Queue extends QueueKey {
  /** Internal key; a queue deleted and created again has another. */
  readonly queueId: number;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly attributes: QueueAttributes;
}

/** A message on its way into a queue. */
export interface NewQueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly senderId: string;
  readonly sentAtMs: number;
  /** Not received before. */
  readonly visibleAtMs: number;
  /** Forgotten from then on. */
  readonly expiresAtMs: number;
}

/** A message as one receiver got it. */
export interface ReceivedMessage extends NewQueueMessage {
  readonly messageNumber: number;
  /** Together with the number it lets this receiver delete the message. */
  readonly receiptToken: string;
  /** This receipt included. */
  readonly receiveCount: number;
  readonly firstReceivedAtMs: number;
}

export function formatQueueArn({ accountId, region, name }: QueueKey): string {
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}

/** The queue that an ARN names, or `undefined` when the text has another form. */
export function findQueueKey(arn: string): QueueKey | undefined {
  const [, region, account, name = ""] =
    /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):([^:]+)$/.exec(arn) ?? [];
  const accountId = findAccountId(account ?? "");
  return region === undefined || accountId === undefined || !isQueueName(name)
    ? undefined
    : { accountId, region, name };
}

/** Whether a queue may have this name: 1–80 of `A-Za-z0-9_-` (SQS, CreateQueue); no FIFO queues. */
export function isQueueName(text: string): boolean {
  return text.length <= QUEUE_NAME_MAX_CHARACTERS && /^[A-Za-z0-9_-]+$/.test(text);
}
