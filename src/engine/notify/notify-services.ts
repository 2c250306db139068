/** What the dispatcher of notifications is given. */
import type { Clock } from "../../ports/clock.ts";
import type { HttpSender } from "../../ports/http-sender.ts";
import type { IdSource } from "../../ports/id-source.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MessageSigner } from "../../ports/message-signer.ts";
import type { MetadataStore } from "../../ports/metadata-store.ts";
import type { TopicPublisher } from "../../ports/topic-publisher.ts";
import type { QueueWaiters } from "./queue-waiters.ts";

export interface NotifyServices {
  readonly metadata: MetadataStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly signer: MessageSigner;
  readonly sender: HttpSender;
  /** Where topics live when they are not the built-in ones. */
  readonly publisher: TopicPublisher | undefined;
  readonly queueWaiters: QueueWaiters;
}
