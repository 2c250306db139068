/** Joins what notifications need: signer, sender, dispatcher, and what the actions on topics are given. */
import { createHttpSender } from "../adapters/http-sender/http-sender.ts";
import { createMessageSigner } from "../adapters/message-signer/message-signer.ts";
import { createSnsPublisher } from "../adapters/sns-client/sns-client.ts";
import { createDispatcher, type Dispatcher } from "../engine/notify/dispatcher.ts";
import { createQueueWaiters, type QueueWaiters } from "../engine/notify/queue-waiters.ts";
import type { MessagingServices } from "../operations/handler.ts";
import { md5 } from "../std/hasher-node.ts";
import { isLoopback } from "./loopback.ts";
import type { Settings } from "./settings.ts";
import type { Stores } from "./stores.ts";

export interface Notifications {
  readonly dispatcher: Dispatcher;
  readonly queueWaiters: QueueWaiters;
  readonly messaging: MessagingServices;
}

/** Nothing runs until the dispatcher is started. */
export function createNotifications(
  settings: Settings,
  { shared, folder, cipher }: Pick<Stores, "shared" | "folder" | "cipher">,
): Notifications {
  const { clock } = shared;
  const { snsEndpoint } = settings.notifications;
  // A listener that only this machine reaches has only this machine's users.
  const allowPrivate =
    settings.notifications.allowPrivate ?? isLoopback(settings.listeners.api.host);
  const queueWaiters = createQueueWaiters(clock);
  const signer = createMessageSigner({ path: folder.signingKeyPath, cipher, clock });
  const dispatcher = createDispatcher({
    ...shared,
    signer,
    queueWaiters,
    sender: createHttpSender({ allowPrivate }),
    publisher:
      snsEndpoint === undefined ? undefined : createSnsPublisher({ endpoint: snsEndpoint }),
  });
  const wakeDispatcher = () => dispatcher.wake();
  return {
    dispatcher,
    queueWaiters,
    messaging: { signer, queueWaiters, wakeDispatcher, allowPrivate, md5 },
  };
}
