/** Where a subscription sends messages (SNS, Subscribe). */
import type { AccountId } from "../domain/ids.ts";
import { ENDPOINT_MAX_CHARACTERS } from "../domain/limits.ts";
import { isPrivateHost } from "../domain/public-address.ts";
import { findQueueKey } from "../domain/queue.ts";
import type { SubscriptionProtocol } from "../domain/topic.ts";
import type { QueueStore } from "../ports/queue-store.ts";
import { invalidTopicParameter } from "./topic-errors.ts";

const PROTOCOLS: readonly SubscriptionProtocol[] = ["http", "https", "sqs"];

/** Throws `ManagementError` `InvalidParameter`. */
export function parseProtocol(text: string | undefined): SubscriptionProtocol {
  const protocol = PROTOCOLS.find((known) => known === text);
  if (protocol === undefined) {
    throw invalidTopicParameter(
      `Does not support this protocol string: ${text}. It must be one of ${PROTOCOLS.join(", ")}.`,
    );
  }
  return protocol;
}

/**
 * A URL of the protocol, whose address must be public unless `allowPrivate` (names are looked at with each
 * delivery), or a queue of the caller's account. Throws `ManagementError` `InvalidParameter`.
 */
export async function checkEndpoint(
  endpoint: { readonly protocol: SubscriptionProtocol; readonly text: string | undefined },
  rules: {
    readonly allowPrivate: boolean;
    readonly queues: QueueStore;
    readonly accountId: AccountId;
  },
): Promise<string> {
  const { protocol, text = "" } = endpoint;
  if (text === "" || text.length > ENDPOINT_MAX_CHARACTERS) {
    throw invalidTopicParameter(`Endpoint Reason: 1 to ${ENDPOINT_MAX_CHARACTERS} characters`);
  }
  if (protocol === "sqs") {
    await checkQueue(text, rules);
  } else {
    checkUrl(text, protocol, rules.allowPrivate);
  }
  return text;
}

async function checkQueue(
  arn: string,
  rules: { readonly queues: QueueStore; readonly accountId: AccountId },
): Promise<void> {
  const key = findQueueKey(arn);
  if (key === undefined) {
    throw invalidTopicParameter(`SQS endpoint ARN: ${arn}`);
  }
  if (key.accountId !== rules.accountId || (await rules.queues.find(key)) === undefined) {
    throw invalidTopicParameter(`Endpoint Reason: The account has no queue ${arn}`);
  }
}

function checkUrl(text: string, protocol: "http" | "https", allowPrivate: boolean): void {
  const url = URL.parse(text);
  if (url === null || url.protocol !== `${protocol}:`) {
    throw invalidTopicParameter(
      `Endpoint must match the specified protocol: ${protocol}://… is needed; got ${text}`,
    );
  }
  if (!allowPrivate && isPrivateHost(url.hostname)) {
    throw invalidTopicParameter(
      `Unreachable Endpoint: ${url.hostname} is not a public address, and the setting` +
        " notification-allow-private is not true",
    );
  }
}
