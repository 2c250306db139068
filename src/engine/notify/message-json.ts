/** The JSON of SNS messages, and the text that their signatures cover (SNS, "Verifying message signatures"). */
import type { OutboxMessage } from "../../domain/notification.ts";
import type { SignatureVersion, Subscription } from "../../domain/topic.ts";
import type { SigningIdentity } from "../../ports/message-signer.ts";
import { formatIsoMilliseconds } from "../../std/iso-time.ts";

/** A message that carries its signature; the same for all receivers but for the links. */
export interface SignedNotification {
  readonly members: readonly (readonly [name: string, value: string])[];
  readonly certificateName: string;
}

/** Signs what a topic publishes. */
export function signNotification(
  message: Omit<OutboxMessage, "accountId">,
  version: SignatureVersion,
  identity: SigningIdentity,
): SignedNotification {
  const members = listPresent([
    ["Type", "Notification"],
    ["MessageId", message.messageId],
    ["TopicArn", message.topicArn],
    ["Subject", message.subject],
    ["Message", message.text],
    ["Timestamp", formatIsoMilliseconds(message.publishedAtMs)],
  ]);
  return {
    members: [...members, ...listSignature(members, version, identity)],
    certificateName: identity.certificateName,
  };
}

/** The body that one subscriber gets. */
export function formatNotification(
  notification: SignedNotification,
  subscription: Subscription,
): string {
  const { serviceEndpoint } = subscription;
  return formatMembers([
    ...notification.members,
    ["SigningCertURL", `${serviceEndpoint}/${notification.certificateName}`],
    ["UnsubscribeURL", formatUnsubscribeUrl(subscription)],
  ]);
}

/** The body of the message that asks an endpoint to confirm its subscription. */
export function formatConfirmation(
  subscription: Subscription,
  message: { readonly messageId: string; readonly sentAtMs: number },
  version: SignatureVersion,
  identity: SigningIdentity,
): string {
  const { topicArn, token, serviceEndpoint } = subscription;
  const text =
    `You have chosen to subscribe to the topic ${topicArn}.\n` +
    "To confirm the subscription, visit the SubscribeURL included in this message.";
  const members = listPresent([
    ["Type", "SubscriptionConfirmation"],
    ["MessageId", message.messageId],
    ["Token", token],
    ["TopicArn", topicArn],
    ["Message", text],
    ["SubscribeURL", formatSubscribeUrl(subscription)],
    ["Timestamp", formatIsoMilliseconds(message.sentAtMs)],
  ]);
  return formatMembers([
    ...members,
    ...listSignature(members, version, identity),
    ["SigningCertURL", `${serviceEndpoint}/${identity.certificateName}`],
  ]);
}

/** Where a GET, by anyone who knows the token, confirms the subscription. */
export function formatSubscribeUrl(subscription: Subscription): string {
  const { serviceEndpoint, topicArn, token } = subscription;
  return `${serviceEndpoint}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`;
}

function formatUnsubscribeUrl({ serviceEndpoint, subscriptionArn }: Subscription): string {
  return `${serviceEndpoint}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`;
}

type Members = readonly (readonly [name: string, value: string])[];

function listPresent(
  members: readonly (readonly [name: string, value: string | undefined])[],
): Members {
  return members.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function listSignature(
  members: Members,
  version: SignatureVersion,
  identity: SigningIdentity,
): Members {
  return [
    ["SignatureVersion", version],
    ["Signature", identity.sign(formatSignedText(members), version)],
  ];
}

/** Name and value of each member on lines of their own, in the byte order of names. */
function formatSignedText(members: Members): string {
  return members
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}\n${value}\n`)
    .join("");
}

function formatMembers(members: Members): string {
  return JSON.stringify(Object.fromEntries(members), undefined, 2);
}
