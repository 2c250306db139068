/** The handlers of `sns`. */
import type { sns } from "../protocol/query/sns.ts";
import type { ManagementHandlers } from "./management-handler.ts";
import { confirmSubscription } from "./topics/confirm-subscription.ts";
import { createTopic } from "./topics/create-topic.ts";
import { deleteTopic } from "./topics/delete-topic.ts";
import { getSubscriptionAttributes } from "./topics/get-subscription-attributes.ts";
import { getTopicAttributes } from "./topics/get-topic-attributes.ts";
import { listSubscriptions } from "./topics/list-subscriptions.ts";
import { listSubscriptionsByTopic } from "./topics/list-subscriptions-by-topic.ts";
import { listTopics } from "./topics/list-topics.ts";
import { publish } from "./topics/publish.ts";
import { setSubscriptionAttributes } from "./topics/set-subscription-attributes.ts";
import { setTopicAttributes } from "./topics/set-topic-attributes.ts";
import { subscribe } from "./topics/subscribe.ts";
import { unsubscribe } from "./topics/unsubscribe.ts";

/** In the order of the table. */
export const topicHandlers: ManagementHandlers<typeof sns> = {
  CreateTopic: createTopic,
  DeleteTopic: deleteTopic,
  ListTopics: listTopics,
  GetTopicAttributes: getTopicAttributes,
  SetTopicAttributes: setTopicAttributes,
  Subscribe: subscribe,
  ConfirmSubscription: confirmSubscription,
  Unsubscribe: unsubscribe,
  GetSubscriptionAttributes: getSubscriptionAttributes,
  SetSubscriptionAttributes: setSubscriptionAttributes,
  ListSubscriptions: listSubscriptions,
  ListSubscriptionsByTopic: listSubscriptionsByTopic,
  Publish: publish,
};
