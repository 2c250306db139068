/** The tables of topics and queues as queries see them; instants are epoch milliseconds. */
import type { Generated } from "kysely";
import type { DeliveryTarget, MessageType } from "../../domain/notification.ts";
import type { SignatureVersion, SubscriptionProtocol } from "../../domain/topic.ts";

export interface TopicTables {
  readonly outbox: OutboxTable;
  readonly topics: TopicsTable;
  readonly subscriptions: SubscriptionsTable;
  readonly deliveries: DeliveriesTable;
  readonly queues: QueuesTable;
  readonly queue_messages: QueueMessagesTable;
}

export interface OutboxTable {
  outbox_id: Generated<number>;
  message_id: string;
  account_id: string;
  topic_arn: string;
  subject: string | null;
  message: string;
  published_at_ms: number;
}

export interface TopicsTable {
  topic_arn: string;
  account_id: string;
  region: string;
  topic_name: string;
  display_name: string;
  signature_version: SignatureVersion;
  created_at_ms: number;
}

export interface SubscriptionsTable {
  subscription_arn: string;
  topic_arn: string;
  account_id: string;
  region: string;
  protocol: SubscriptionProtocol;
  endpoint: string;
  /** 1 or 0. */
  is_raw: number;
  /** 1 or 0. */
  is_guarded: number;
  service_endpoint: string;
  token: string;
  created_at_ms: number;
  confirmed_at_ms: number | null;
}

export interface DeliveriesTable {
  delivery_id: Generated<number>;
  target_kind: DeliveryTarget["kind"];
  /** A URL or a topic's ARN. */
  target: string;
  lane: string;
  message_type: MessageType;
  message_id: string;
  topic_arn: string;
  subscription_arn: string | null;
  subject: string | null;
  /** 1 or 0. */
  is_raw: number;
  created_at_ms: number;
  /** The later of due time and lease end. */
  claimable_at_ms: number;
  lease_owner: string | null;
  attempts: number;
  /** Last, so that reads of the other columns never touch its overflow pages. */
  body: string;
}

export interface QueuesTable {
  queue_id: Generated<number>;
  account_id: string;
  region: string;
  queue_name: string;
  created_at_ms: number;
  modified_at_ms: number;
  /** JSON of the domain's queue attributes. */
  attributes: string;
}

export interface QueueMessagesTable {
  message_number: Generated<number>;
  queue_id: number;
  message_id: string;
  sender_id: string;
  sent_at_ms: number;
  visible_at_ms: number;
  expires_at_ms: number;
  receipt_token: string | null;
  receive_count: number;
  first_received_at_ms: number | null;
  body: string;
}
