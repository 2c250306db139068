import { SUBSCRIPTIONS_PER_TOPIC_MAX } from "../../domain/limits.ts";
import { ManagementError } from "../../domain/management-error.ts";
import type { Subscription, SubscriptionArn, Topic } from "../../domain/topic.ts";
import { formatConfirmation } from "../../engine/notify/message-json.ts";
import type { SigningIdentity } from "../../ports/message-signer.ts";
import type { MetadataSession } from "../../ports/metadata-store.ts";
import type { ActionInput } from "../../protocol/query/query-service.ts";
import type { SnsAction } from "../../protocol/query/sns.ts";
import type { Services } from "../handler.ts";
import type { ManagementCall, ManagementHandler } from "../management-handler.ts";
import { getTopic } from "../owned-topic.ts";
import { parseSubscriptionAttribute } from "../subscription-attributes.ts";
import { checkEndpoint, parseProtocol } from "../subscription-endpoint.ts";
import { invalidTopicParameter } from "../topic-errors.ts";

type Input = ActionInput<SnsAction<"Subscribe">>;
type Wanted = Pick<Subscription, "protocol" | "endpoint" | "isRaw">;

/**
 * Subscribes a queue of the own account at once, and a URL once it has confirmed: it is sent a confirmation
 * message, again with each call. An endpoint that is subscribed already keeps its subscription.
 */
export const subscribe: ManagementHandler<SnsAction<"Subscribe">> = async (
  input,
  call,
  services,
) => {
  const wanted = await parseWanted(input, call, services);
  const identity = await services.messaging.signer.identity();
  const subscription = await services.metadata.transaction(async (session) => {
    const topic = await getTopic(session.topics, input.TopicArn, "Subscribe", call);
    const known = await session.subscriptions.findByEndpoint({ ...topic, ...wanted });
    checkSame(known, input, wanted);
    const made = known ?? (await insertSubscription(session, { topic, wanted, call }, services));
    if (made.confirmedAtMs === undefined) {
      await sendConfirmation(session, { topic, subscription: made, identity }, services);
    }
    return made;
  });
  services.messaging.wakeDispatcher();
  const isShown =
    subscription.confirmedAtMs !== undefined || input.ReturnSubscriptionArn === "true";
  return { SubscriptionArn: isShown ? subscription.subscriptionArn : "pending confirmation" };
};

async function parseWanted(
  input: Input,
  { accountId }: ManagementCall,
  { metadata, messaging }: Services,
): Promise<Wanted> {
  const protocol = parseProtocol(input.Protocol);
  const { allowPrivate } = messaging;
  const rules = { allowPrivate, queues: metadata.queues, accountId };
  const endpoint = await checkEndpoint({ protocol, text: input.Endpoint }, rules);
  const raw = [...(input.Attributes ?? [])].map(([name, value]) =>
    parseSubscriptionAttribute(name, value),
  );
  return { protocol, endpoint, isRaw: raw.includes(true) };
}

function checkSame(known: Subscription | undefined, input: Input, wanted: Wanted): void {
  const isNamed = input.Attributes?.has("RawMessageDelivery") === true;
  if (known !== undefined && isNamed && known.isRaw !== wanted.isRaw) {
    throw invalidTopicParameter(
      "Attributes Reason: Subscription already exists with different attributes",
    );
  }
}

async function insertSubscription(
  session: MetadataSession,
  facts: { readonly topic: Topic; readonly wanted: Wanted; readonly call: ManagementCall },
  { clock, ids }: Services,
): Promise<Subscription> {
  const { topic, wanted, call } = facts;
  const { confirmed, pending } = await session.subscriptions.count(topic.topicArn);
  if (confirmed + pending >= SUBSCRIPTIONS_PER_TOPIC_MAX) {
    throw new ManagementError(
      403,
      "SubscriptionLimitExceeded",
      `A topic has at most ${SUBSCRIPTIONS_PER_TOPIC_MAX} subscriptions`,
    );
  }
  const createdAtMs = clock.nowMs();
  const subscription: Subscription = {
    ...wanted,
    // The form that `findTopicArnOfSubscription` reads.
    subscriptionArn: `${topic.topicArn}:${ids.uuid()}` as SubscriptionArn,
    topicArn: topic.topicArn,
    accountId: call.accountId,
    region: topic.region,
    isGuarded: false,
    serviceEndpoint: call.endpoint,
    token: `${ids.uuid()}${ids.uuid()}`.replaceAll("-", ""),
    createdAtMs,
    confirmedAtMs: wanted.protocol === "sqs" ? createdAtMs : undefined,
  };
  await session.subscriptions.insert(subscription);
  return subscription;
}

async function sendConfirmation(
  session: MetadataSession,
  facts: {
    readonly topic: Topic;
    readonly subscription: Subscription;
    readonly identity: SigningIdentity;
  },
  { clock, ids }: Services,
): Promise<void> {
  const { topic, subscription, identity } = facts;
  const message = { messageId: ids.uuid(), sentAtMs: clock.nowMs() };
  await session.deliveries.insert({
    target: { kind: "Http", url: subscription.endpoint },
    messageType: "SubscriptionConfirmation",
    messageId: message.messageId,
    topicArn: topic.topicArn,
    subscriptionArn: subscription.subscriptionArn,
    subject: undefined,
    isRaw: false,
    body: formatConfirmation(subscription, message, topic.signatureVersion, identity),
    createdAtMs: message.sentAtMs,
  });
}
