import type { OutboxMessage } from "../domain/notification.ts";

/**
 * Messages that must reach their topics. A row is inserted in the transaction of what it tells of, so that
 * neither exists without the other, and removed in the transaction that makes its deliveries.
 */
export interface OutboxStore {
  insert(message: OutboxMessage): Promise<void>;
  /** Oldest first (in the order of insertion), those of `skip` left out. */
  listWaiting(options: {
    readonly limit: number;
    readonly skip: readonly string[];
  }): Promise<readonly OutboxMessage[]>;
  /** Takes a message out; false when it is gone already. */
  remove(messageId: string): Promise<boolean>;
}
