import type {
  NewQueueMessage,
  Queue,
  QueueAttributes,
  QueueKey,
  ReceivedMessage,
} from "../domain/queue.ts";

/** How many messages a queue holds, by what can be done with them. */
export interface QueueCounts {
  readonly visible: number;
  /** Received, and not yet visible again. */
  readonly inFlight: number;
  /** Sent with a delay that is not over. */
  readonly delayed: number;
}

export interface QueueStore {
  /** Adds a queue; its key must be free (a unique index decides). */
  insert(
    queue: QueueKey & { readonly createdAtMs: number; readonly attributes: QueueAttributes },
  ): Promise<Queue>;
  find(key: QueueKey): Promise<Queue | undefined>;
  /** In the order of names, from `fromName` (inclusive) on, those that begin with `prefix`. */
  listPage(
    page: Omit<QueueKey, "name"> & {
      readonly prefix: string;
      readonly fromName: string | undefined;
      readonly limit: number;
    },
  ): Promise<readonly Queue[]>;
  setAttributes(queueId: number, attributes: QueueAttributes, modifiedAtMs: number): Promise<void>;
  /** Removes the queue and its messages. */
  remove(queueId: number): Promise<void>;
  send(queueId: number, message: NewQueueMessage): Promise<void>;
  /**
   * Up to `limit` visible messages, oldest first, each hidden until `hiddenUntilMs` and marked with
   * `receiptToken`; messages past their time are left out.
   */
  receive(
    queueId: number,
    receipt: {
      readonly nowMs: number;
      readonly hiddenUntilMs: number;
      readonly receiptToken: string;
      readonly limit: number;
    },
  ): Promise<readonly ReceivedMessage[]>;
  /** Deletes a message unless another receiver has got it since; deleting twice is no error. */
  deleteMessage(queueId: number, messageNumber: number, receiptToken: string): Promise<void>;
  count(queueId: number, nowMs: number): Promise<QueueCounts>;
  /** Forgets up to `limit` messages past their time; returns how many. */
  removeExpired(nowMs: number, limit: number): Promise<number>;
}
